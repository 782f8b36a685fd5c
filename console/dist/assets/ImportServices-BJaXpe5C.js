import{t as e}from"./ImportPage-B7SM2zI0.js";import{v as t}from"./request-DbKYwYgk.js";var n=t(),r=`name,type,nodes,address,port,label.env
orders,postgresql,db-1,127.0.0.1,5432,prod
`;function i(){return(0,n.jsx)(e,{noun:`services`,example:r})}export{i as default};