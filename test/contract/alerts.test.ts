import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { runProgram, skipWithout } from '../kit/installed.ts'
import { headingsOf } from './operations-text.ts'

const alert = z.strictObject({
  alert: z.string().regex(/^Fuseboard[A-Za-z]+$/),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
  annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
})
const rulesFile = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(alert) })) })

const testsFile = z.object({
  tests: z.array(z.object({ alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) })),
})

const readYaml = async (file: string): Promise<unknown> => parse(await readFile(file, 'utf8'))
const readAlerts = async () => rulesFile.parse(await readYaml('deploy/prometheus/alerts.yml')).groups.flatMap(({ rules }) => rules)

const promtool = { skip: skipWithout('promtool') }
const expectSuccess = (...args: readonly string[]) => {
  const { code, said } = runProgram('promtool', args)
  assert.equal(code, 0, said)
}

describe('the alerts', () => {
  it('are rules that Prometheus accepts', promtool, () => expectSuccess('check', 'rules', 'deploy/prometheus/alerts.yml'))

  it('come with a configuration that Prometheus accepts', promtool, () => expectSuccess('check', 'config', 'deploy/prometheus/prometheus.yml'))

  it('fire, and do not, as their tests say', promtool, () => expectSuccess('test', 'rules', 'deploy/prometheus/alerts.test.yml'))

  it('are each shown to fire and not to fire', async () => {
    const tested = testsFile.parse(await readYaml('deploy/prometheus/alerts.test.yml')).tests.flatMap((one) => one.alert_rule_test)
    for (const { alert: name } of await readAlerts()) {
      const cases = tested.filter(({ alertname }) => alertname === name).map(({ exp_alerts: expected }) => expected.length > 0)
      assert.deepEqual([...new Set(cases)].toSorted(), [false, true], name)
    }
  })

  it('name a section of docs/operations.md each, and have names of their own', async () => {
    const anchors = await headingsOf('docs/operations.md')
    const alerts = await readAlerts()
    for (const { alert: name, annotations } of alerts) {
      const [file, anchor] = annotations.runbook.split('#')
      assert.equal(file, 'docs/operations.md', name)
      assert.ok(anchors.has(anchor ?? ''), `${name}: there is no section ${anchor ?? ''}; there are ${[...anchors].join(', ')}`)
    }
    assert.equal(new Set(alerts.map((one) => one.alert)).size, alerts.length)
  })

  it('are all named in docs/operations.md, and no others', async () => {
    const text = await readFile('docs/operations.md', 'utf8')
    const named = new Set(text.match(/`Fuseboard[A-Z]\w+`/g)?.map((one) => one.slice(1, -1)))
    assert.deepEqual([...named].toSorted(), (await readAlerts()).map((one) => one.alert).toSorted())
  })
})
