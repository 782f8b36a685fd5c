<<<<<<<< HEAD:console/dist/assets/NewSite-TGqoUDuI.js
import{l as e}from"./fields-BNEzpN4R.js";import{t}from"./NewForm-BQT20XPD.js";import{n}from"./inventory-D4Kk2ywC.js";import{v as r}from"./request-B3B_gHwU.js";var i=r(),a=n.sites;function o(){return(0,i.jsx)(t,{operation:`sites.create`,title:a.new,up:{to:`/sites`,label:a.title},fields:()=>e,created:({id:e,name:t})=>({to:`/sites/${e}`,text:a.created(t??e)})})}export{o as default};
========
import{l as e}from"./fields-BNEzpN4R.js";import{t}from"./NewForm-jqkzZWTJ.js";import{n}from"./inventory-CzXwQskz.js";import{v as r}from"./request-DbKYwYgk.js";var i=r(),a=n.sites;function o(){return(0,i.jsx)(t,{operation:`sites.create`,title:a.new,up:{to:`/sites`,label:a.title},fields:()=>e,created:({id:e,name:t})=>({to:`/sites/${e}`,text:a.created(t??e)})})}export{o as default};
>>>>>>>> clients:console/dist/assets/NewSite-p6DHSIuj.js
