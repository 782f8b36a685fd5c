import{t as e}from"./ImportPage-B7SM2zI0.js";import{v as t}from"./request-DbKYwYgk.js";var n=t(),r=`type,runs_on,listen_port,label.env
node_exporter,db-1,,prod
`;function i(){return(0,n.jsx)(e,{noun:`agents`,example:r})}export{i as default};