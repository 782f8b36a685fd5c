// Sets the chosen theme before anything is drawn. It is a file of its own because the content security policy allows
// no script in the page.
try {
  const theme = localStorage.getItem("bailiwick.theme");
  if (theme === '"light"' || theme === '"dark"') document.documentElement.dataset.theme = JSON.parse(theme);
} catch {
  // Without storage the page follows the system.
}
