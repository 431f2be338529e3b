// Runs before anything is drawn, so that a chosen theme never flashes the other one.
// Kept outside the page because the content security policy allows no inline scripts.
(function () {
  try {
    var theme = localStorage.getItem('croft.theme');
    if (theme === 'light' || theme === 'dark') {
      document.documentElement.dataset.theme = theme;
      document.documentElement.style.colorScheme = theme;
    }
  } catch (e) {
    // Storage can be forbidden; the system's theme holds then.
  }
})();
