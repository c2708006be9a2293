import { useSyncExternalStore } from 'react'

/** `system` follows the device. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'conversa.theme'
const THEMES: readonly Theme[] = ['system', 'light', 'dark']
const listeners = new Set<() => void>()

function chosen(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system'
}

/** Shows the page in the theme that was chosen. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = chosen()
}

function choose(theme: Theme): void {
  localStorage.setItem(KEY, theme)
  applyTheme()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The theme, and what chooses another one. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, chosen), choose]
}
