import{t as e}from"./ImportPage-B9TZ0FVX.js";import{y as t}from"./request-t9ka8gHI.js";var n=t(),r=`name,type,address,site,label.env
db-1,generic,10.20.0.11,,prod
db-2,generic,10.20.0.12,,prod
`;function i(){return(0,n.jsx)(e,{noun:`nodes`,example:r})}export{i as default};