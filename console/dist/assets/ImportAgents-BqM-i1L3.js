import{t as e}from"./ImportPage-B9TZ0FVX.js";import{y as t}from"./request-t9ka8gHI.js";var n=t(),r=`type,runs_on,listen_port,label.env
node_exporter,db-1,,prod
`;function i(){return(0,n.jsx)(e,{noun:`agents`,example:r})}export{i as default};