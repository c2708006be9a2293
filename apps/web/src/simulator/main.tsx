import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { applyTheme } from '../shell/theme.ts'
import { SimulatorPage } from './simulator-page.tsx'

applyTheme()
const page = document.getElementById('app')
if (page) {
  createRoot(page).render(
    <StrictMode>
      <SimulatorPage />
    </StrictMode>,
  )
}
