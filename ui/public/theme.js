// Applies the stored theme before the first paint.
try {
  const theme = localStorage.getItem('finantrade.theme')
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme
} catch {
  // Storage is off: the system's theme it is.
}
