// Sets the chosen theme before the first paint; without a choice the system's
// applies. The rest is in src/shell/theme.ts.
try {
  var theme = localStorage.getItem("vedette.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // no storage: the system's theme
}
