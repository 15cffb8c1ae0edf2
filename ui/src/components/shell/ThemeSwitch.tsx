'use client'

import { useEffect } from 'react'
import { Icon } from '@/components/base/Icon'
import { followTheme, setTheme, type Theme, useTheme } from '@/store/theme'

const NEXT: Record<Theme, Theme> = { system: 'dark', dark: 'light', light: 'system' }
const ICONS = { system: 'system', dark: 'moon', light: 'sun' } as const

export function ThemeSwitch() {
  const theme = useTheme(state => state.theme)
  useEffect(followTheme, [])
  const label = `Theme: ${theme}. Change to ${NEXT[theme]}`
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={() => setTheme(NEXT[theme])}
      className="grid size-8 pointer-coarse:size-11 place-content-center rounded-md text-dim hover:bg-raised hover:text-ink"
    >
      <Icon name={ICONS[theme]} />
    </button>
  )
}
