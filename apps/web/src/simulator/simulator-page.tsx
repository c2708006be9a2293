import { useState } from 'react'
import { NewPerson } from './new-person.tsx'
import { PersonEntry } from './person-entry.tsx'
import { PersonThread } from './person-thread.tsx'
import { useSimulation, type Writing } from './simulation.ts'
import { SimulatorSettings } from './simulator-settings.tsx'

/** Phones and mailboxes on one side, and what is on one of them on the other. On a small screen one of the two. */
export function SimulatorPage() {
  const { simulation, problem, post } = useSimulation()
  const [address, setAddress] = useState<string>()
  const person = simulation?.people.find((one) => one.address === address)
  const write = async (writing: Writing) => {
    const isDone = await post('message', writing)
    if (isDone) setAddress(writing.address)
    return isDone
  }
  return (
    <div className="simulator" data-open={person !== undefined}>
      <aside className="simulator-side" aria-label="Phones and mailboxes">
        <header>
          <h1>Simulator</h1>
          <p className="hint">Phones and mailboxes that exist on this machine alone. What is sent to one is shown here.</p>
        </header>
        {simulation && <SimulatorSettings simulation={simulation} change={(fields) => void post('settings', fields)} />}
        <ul className="simulator-people" aria-label="People">
          {simulation?.people.map((one) => (
            <PersonEntry key={one.address} person={one} isChosen={one === person} choose={() => setAddress(one.address)} />
          ))}
        </ul>
        {simulation?.people.length === 0 && (
          <p className="hint simulator-none">
            Nobody was written to yet. Add somebody by phone to a conversation, and write to them.
          </p>
        )}
        <NewPerson write={write} />
      </aside>
      <main className="simulator-main">
        <p className="error" role="alert">
          {problem}
        </p>
        {person ? (
          <PersonThread
            key={person.address}
            person={person}
            write={write}
            report={(id, status) => void post('report', { address: person.address, id, status })}
            close={() => setAddress(undefined)}
          />
        ) : (
          <div className="empty">
            <p className="hint">Choose a phone or a mailbox.</p>
          </div>
        )}
      </main>
    </div>
  )
}
