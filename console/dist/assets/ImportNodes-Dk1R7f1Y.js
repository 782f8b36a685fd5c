<<<<<<<< HEAD:console/dist/assets/ImportNodes-Dk1R7f1Y.js
import{t as e}from"./ImportPage-CbBIxEw3.js";import{v as t}from"./request-B3B_gHwU.js";var n=t(),r=`name,type,address,site,label.env
========
import{t as e}from"./ImportPage-Bciuoqmq.js";import{v as t}from"./request-DbKYwYgk.js";var n=t(),r=`name,type,address,site,label.env
>>>>>>>> clients:console/dist/assets/ImportNodes-Cc6YEWG0.js
db-1,generic,10.20.0.11,,prod
db-2,generic,10.20.0.12,,prod
`;function i(){return(0,n.jsx)(e,{noun:`nodes`,example:r})}export{i as default};