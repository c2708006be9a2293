import { TriangleAlert, X } from 'lucide-react'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import { IconButton } from './icon-button.tsx'

interface Problem {
  readonly id: number
  readonly text: string
}

/** Shows what went wrong. */
type Report = (error: unknown) => void

const Context = createContext<Report>(() => {})

/** How many are shown at once. */
const MOST = 3

/** What shows that something went wrong; made for the `catch` of a promise. */
export const useReport = (): Report => useContext(Context)

/** Shows problems over the page, until they are dismissed. */
export function Problems({ children }: { readonly children: ReactNode }) {
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const report = useCallback<Report>((error) => {
    setProblems((before) => [...before, { id: (before.at(-1)?.id ?? 0) + 1, text: textOf(error) }].slice(-MOST))
  }, [])
  const dismiss = (id: number) => setProblems((before) => before.filter((problem) => problem.id !== id))
  const shown = useMemo(() => <Context value={report}>{children}</Context>, [report, children])
  return (
    <>
      {shown}
      <section className="problems" role="alert">
        {problems.map(({ id, text }) => (
          <div className="problem" key={id}>
            <TriangleAlert aria-hidden="true" />
            <span>{text}</span>
            <IconButton label="Dismiss" onPress={() => dismiss(id)}>
              <X />
            </IconButton>
          </div>
        ))}
      </section>
    </>
  )
}

/** Errors of the SDK begin with what was unable to be done. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
