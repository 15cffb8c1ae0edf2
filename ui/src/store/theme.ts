// Dark, light, or as the system has it; kept in this browser. `public/theme.js` applies it before anything is drawn.
import { create } from 'zustand'

export type Theme = 'system' | 'dark' | 'light'

const KEY = 'finantrade.theme'
const DARK = '(prefers-color-scheme: dark)'

interface Themed {
  theme: Theme
  /** What it comes to. */
  dark: boolean
}

export const useTheme = create<Themed>()(() => ({ theme: 'system', dark: true }))

export function setTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem(KEY)
    delete document.documentElement.dataset.theme
  } else {
    localStorage.setItem(KEY, theme)
    document.documentElement.dataset.theme = theme
  }
  useTheme.setState({ theme, dark: isDark(theme) })
}

/** Read what was chosen and follow the system; returns what ends it. */
export function followTheme(): () => void {
  const system = matchMedia(DARK)
  const read = () => {
    const stored = localStorage.getItem(KEY)
    const theme = stored === 'dark' || stored === 'light' ? stored : 'system'
    useTheme.setState({ theme, dark: isDark(theme) })
  }
  read()
  system.addEventListener('change', read)
  return () => system.removeEventListener('change', read)
}

function isDark(theme: Theme): boolean {
  return theme === 'system' ? matchMedia(DARK).matches : theme === 'dark'
}
