import { Button } from 'react-aria-components/Button'
import type { Automatic, Simulation } from './simulation.ts'

const CHOICES: readonly { readonly automatic: Automatic; readonly label: string }[] = [
  { automatic: 'none', label: 'Nothing' },
  { automatic: 'delivered', label: 'Delivered' },
  { automatic: 'read', label: 'Read' },
]

/** What everybody here does by themselves. */
export function SimulatorSettings({
  simulation: { automatic, isDown },
  change,
}: {
  readonly simulation: Simulation
  readonly change: (fields: { automatic?: Automatic; isDown?: boolean }) => void
}) {
  return (
    <section className="simulator-settings" aria-label="Settings">
      <fieldset>
        <legend>Reported by itself</legend>
        {CHOICES.map((choice) => (
          <label key={choice.automatic}>
            <input
              type="radio"
              name="automatic"
              checked={choice.automatic === automatic}
              onChange={() => change({ automatic: choice.automatic })}
            />
            {choice.label}
          </label>
        ))}
      </fieldset>
      <Button className={`button small ${isDown ? 'danger' : ''}`} onPress={() => change({ isDown: !isDown })}>
        {isDown ? 'The carrier is down: let it work again' : 'Let the carrier be down'}
      </Button>
    </section>
  )
}
