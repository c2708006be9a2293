import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { call } from './call.ts'

/** What the doctor says of a database. */
async function examined(url: string) {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const env = { CONVERSA_DATA: folder.path, PORT: '0', CONVERSA_MODE: 'development', CONVERSA_DATABASE_URL: url }
  const { stdout } = await call(['doctor', '--json'], env)
  const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string; message: string; mend?: string }[] }
  return (check: string) => findings.find((each) => each.check === check)
}

withPostgres(() => {
  test('conversa doctor says whether the cluster keeps checksums of its pages', async () => {
    const { url, free, run } = await testSchema()
    onTestFinished(free)
    const { rows } = await run('SHOW data_checksums')
    const of = await examined(url)
    expect(of('database')).toMatchObject({ level: 'fine' })
    if (rows[0].data_checksums === 'on') expect(of('checksums')).toMatchObject({ level: 'fine' })
    else expect(of('checksums')).toMatchObject({ level: 'warning', mend: expect.stringMatching(/pg_checksums --enable/) })
  })

  test('conversa doctor and the other commands say what PostgreSQL refuses', async () => {
    const { url, free } = await testSchema()
    onTestFinished(free)
    const none = new URL(url)
    none.pathname = '/no_such_database'
    const said = 'PostgreSQL refuses: database "no_such_database" does not exist'
    const of = await examined(none.href)
    expect(of('database')).toMatchObject({ level: 'fault', message: said, mend: expect.stringMatching(/make the database/) })
    expect(await call(['verify'], { CONVERSA_DATABASE_URL: none.href })).toMatchObject({ code: 1, stderr: `${said}\n` })
  })

  test('conversa doctor finds a database on PostgreSQL that does not answer, and repeats no secret of its address', async () => {
    const of = await examined('postgres://somebody:secret-word@127.0.0.1:9/none')
    expect(of('database')).toMatchObject({ level: 'fault', mend: expect.stringMatching(/CONVERSA_DATABASE_URL/) })
    expect(JSON.stringify(of('database'))).not.toContain('secret-word')
    expect(of('checksums')).toBeUndefined()
  })
})
