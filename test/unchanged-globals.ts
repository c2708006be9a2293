/** What Node has, as the first test file of a process found it. */
const found = globalThis as { foundFormData?: typeof FormData }

found.foundFormData ??= FormData
if (FormData !== found.foundFormData) {
  throw new Error(
    'a test file before this one loaded a client of the vendor, which replaces FormData: let it be `alone` in vitest.config.ts',
  )
}
