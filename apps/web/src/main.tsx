import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './shell/app.tsx'
import { applyTheme } from './shell/theme.ts'

applyTheme()
const page = document.getElementById('app')
if (page) {
  createRoot(page).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
