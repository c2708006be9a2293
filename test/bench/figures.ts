import type { Histogram } from 'node:perf_hooks'
import type { Latency } from './load/plan.ts'

/** Milliseconds of what was recorded in microseconds. */
export function latencyOf(histogram: Histogram): Latency {
  return { p50: histogram.percentile(50) / 1000, p99: histogram.percentile(99) / 1000 }
}

/** A latency as tables show it: p50 / p99. @param digits behind the point */
export const shownLatency = ({ p50, p99 }: Latency, digits: number) => `${shown(p50, digits)} / ${shown(p99, digits)}`

/** The middle one of some values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** A number as tables show it. @param digits behind the point */
export const shown = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

export const percent = (value: number) => `${Math.round(value * 100)} %`
