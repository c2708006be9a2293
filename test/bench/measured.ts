/** The environment of a server that is measured; with the profilers of Node, when this measurement is made for them. */
export function measured(env: Readonly<Record<string, string>>): Record<string, string> {
  const folder = process.env.CONVERSA_BENCH_PROFILES
  if (folder === undefined) return { ...env }
  return { ...env, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder} --heap-prof --heap-prof-dir=${folder}` }
}
