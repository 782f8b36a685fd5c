<<<<<<<< HEAD:console/dist/assets/ImportServices-B5-YjF__.js
import{t as e}from"./ImportPage-CbBIxEw3.js";import{v as t}from"./request-B3B_gHwU.js";var n=t(),r=`name,type,nodes,address,port,label.env
========
import{t as e}from"./ImportPage-Bciuoqmq.js";import{v as t}from"./request-DbKYwYgk.js";var n=t(),r=`name,type,nodes,address,port,label.env
>>>>>>>> clients:console/dist/assets/ImportServices-XaBD3sJH.js
orders,postgresql,db-1,127.0.0.1,5432,prod
`;function i(){return(0,n.jsx)(e,{noun:`services`,example:r})}export{i as default};