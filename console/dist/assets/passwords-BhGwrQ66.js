<<<<<<<< HEAD:console/dist/assets/passwords-BieV_Lcc.js
import{r as e}from"./session-TpPODEeZ.js";var t=12;function n(n,r){return n.length<t?{password:e.invitation.tooShort(t-n.length)}:n===r?void 0:{repeat:e.invitation.differ}}export{n as t};
========
import{r as e}from"./session-BDP-l-MY.js";var t=12;function n(n,r){return n.length<t?{password:e.invitation.tooShort(t-n.length)}:n===r?void 0:{repeat:e.invitation.differ}}export{n as t};
>>>>>>>> clients:console/dist/assets/passwords-BhGwrQ66.js
