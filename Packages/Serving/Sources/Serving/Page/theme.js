// Applies the kept color scheme before the first paint; a classic script, because modules run later.
{
  let theme = null;
  try {
    theme = localStorage.getItem("r1.theme");
  } catch {
    // A browser that forbids storage: the system's scheme is used.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
