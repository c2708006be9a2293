/** Bars that belong together: they share a scale. */
export interface BarGroup {
  readonly label: string
  readonly bars: readonly { readonly name: string; readonly value: number; readonly isOurs: boolean }[]
}

export interface Chart {
  readonly title: string
  readonly unit: string
  readonly groups: readonly BarGroup[]
}

const WIDTH = 760
const NAMES = 190
const VALUES = 120
const BAR = 18
const LINE = 24
const HEAD = 44
/** Between groups, and for their labels. */
const GAP = 34

const STYLE = `<style>
    text { font: 13px system-ui, sans-serif; fill: #1c2430 }
    .title { font-weight: 600; font-size: 15px }
    .label { font-weight: 600 }
    .value { font-variant-numeric: tabular-nums }
    .other { fill: #9aa7b8 }
    .ours { fill: #2563eb }
    @media (prefers-color-scheme: dark) { text { fill: #e6ebf2 } .other { fill: #64748b } .ours { fill: #60a5fa } }
  </style>`

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const shown = (value: number) => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 })

/** Draws groups of horizontal bars. @returns an SVG that is read in the light and in the dark */
export function drawChart({ title, unit, groups }: Chart): string {
  const parts: string[] = []
  let y = HEAD
  for (const { label, bars } of groups) {
    parts.push(`<text class="label" x="0" y="${y + 12}">${escaped(label)}</text>`)
    y += LINE
    const most = Math.max(...bars.map(({ value }) => value))
    for (const { name, value, isOurs } of bars) {
      const length = Math.max(1, Math.round((value / most) * (WIDTH - NAMES - VALUES)))
      parts.push(
        `<text x="${NAMES - 10}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>`,
        `<rect class="${isOurs ? 'ours' : 'other'}" x="${NAMES}" y="${y}" width="${length}" height="${BAR}" rx="3"/>`,
        `<text class="value" x="${NAMES + length + 8}" y="${y + 14}">${shown(value)}</text>`,
      )
      y += LINE
    }
    y += GAP - LINE
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    `  <title>${escaped(title)}</title>`,
    `  ${STYLE}`,
    `  <text class="title" x="0" y="18">${escaped(`${title}, ${unit}`)}</text>`,
    ...parts.map((part) => `  ${part}`),
    '</svg>',
    '',
  ].join('\n')
}

/** What a cell of a table says as a number. */
export const numberOf = (cell: string | undefined) => Number.parseFloat(cell?.replaceAll(',', '') ?? '')
