import { element } from './element.ts'

/** Fetches a token for an identity from a server in development mode. */
export async function fetchToken(identity: string): Promise<string> {
  const response = await fetch('/development/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity }),
  })
  if (!response.ok) throw new Error('This server signs nobody in by name: it does not run in development mode.')
  const { token } = (await response.json()) as { token: string }
  return token
}

/** The first page: who are you? */
export function signInPage(start: (identity: string) => Promise<void>): HTMLElement {
  const name = element('input', { name: 'identity', autocomplete: 'username', required: true, maxLength: 256, autofocus: true })
  const button = element('button', { class: 'primary' }, 'Sign in')
  const problem = element('p', { class: 'error', role: 'alert' })
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    button.disabled = true
    problem.textContent = ''
    try {
      await start(name.value.trim())
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error)
      button.disabled = false
    }
  }
  return element(
    'main',
    { class: 'sign-in' },
    element('h1', {}, 'Conversa'),
    element('p', { class: 'hint' }, 'Development mode: choose any name. Open a second window and be somebody else.'),
    element('form', { class: 'sign-in-form', onsubmit: submit }, element('label', {}, 'Your name', name), button),
    problem,
  )
}
