import{t as e}from"./ImportPage-B9TZ0FVX.js";import{y as t}from"./request-t9ka8gHI.js";var n=t(),r=`name,type,nodes,address,port,label.env
orders,postgresql,db-1,127.0.0.1,5432,prod
`;function i(){return(0,n.jsx)(e,{noun:`services`,example:r})}export{i as default};