import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { getOperationAST } from 'graphql'
import type { DocumentNode } from 'graphql'
import { awkwardSchemas } from '../kit/federation/schemas.ts'
import { generateOperation, variablesFor } from '../kit/federation/operations.ts'
import { openRig } from '../kit/federation/differential.ts'
import type { Planned, Rig } from '../kit/federation/differential.ts'
import { hashOf, openChance } from '../kit/federation/chance.ts'
import { mischiefs } from '../kit/federation/subgraphs.ts'
import { operationsOfRepository } from '../kit/federation/repository.ts'
import { judge } from '../kit/federation/verdict.ts'

/*
 * The stock executor and ours on the same plans, in front of the same subgraphs. `FEDERATION_SEED=shop:1234` runs one operation again, and
 * `FEDERATION_OPERATIONS=200000` runs more of them.
 */

const schemas: Readonly<Record<string, { readonly sdl: () => string; readonly operations: number }>> = {
  ours: { sdl: () => readFileSync(new URL('../../gateway/supergraph.graphql', import.meta.url), 'utf8'), operations: 9_000 },
  nested: { sdl: () => awkwardSchemas['nested']?.() ?? '', operations: 5_500 },
  shop: { sdl: () => awkwardSchemas['shop']?.() ?? '', operations: 3_500 },
  hidden: { sdl: () => awkwardSchemas['hidden']?.() ?? '', operations: 2_500 },
}

const share = Number(process.env['FEDERATION_OPERATIONS'] ?? 20_500) / 20_500
const [onlySchema, onlySeed] = (process.env['FEDERATION_SEED'] ?? '').split(':')

/** An operation that stock's planner has no plan for is nobody's to execute. */
const planOf = (rig: Rig, document: Parameters<Rig['plan']>[0]): Planned | null => {
  try {
    return rig.plan(document)
  } catch (error) {
    assert.match(String(error), /We should have an edge|would create a cycle/)
    return null
  }
}

const moods = [mischiefs.well, mischiefs.ill, mischiefs.mad] as const

const runOne = async (name: string, rig: Rig, seed: number): Promise<string> => {
  const generated = generateOperation(rig.schema, openChance(hashOf(name, String(seed))))
  const planned = planOf(rig, generated.document)
  const mood = moods[seed % moods.length]
  if (!planned || !mood) return 'not planned'
  try {
    return judge(await rig.run(planned, generated.variables, rig.byChance(mood, seed)))
  } catch (error) {
    const replay = `FEDERATION_SEED=${name}:${seed} node --test test/contract/federation.test.ts`
    throw new Error(`${replay}\n${generated.text}\n${JSON.stringify(generated.variables)}`, { cause: error })
  }
}

const operationName = (document: DocumentNode) => getOperationAST(document)?.name?.value ?? 'without a name'

describe('the compiled executor against the stock one', () => {
  if (onlySchema === '') {
    it('gives the same data and errors on every operation of the repository', async (test) => {
      const rig = openRig(schemas['ours']?.sdl() ?? '')
      const operations = operationsOfRepository(rig.schema)
      const runs = 6
      for (const document of operations.values()) {
        const planned = rig.plan(document)
        for (let seed = 0; seed < runs; seed += 1) {
          const chance = openChance(seed)
          const both = await rig.run(planned, variablesFor(rig.schema, document, chance), rig.byChance(moods[seed % moods.length] ?? moods[0], seed))
          assert.doesNotThrow(() => judge(both), `${operationName(document)}, seed ${seed}`)
        }
      }
      test.diagnostic(`${operations.size} operations, ${runs} times each`)
      assert.ok(operations.size > 60)
    })
  }
  for (const [name, { sdl, operations }] of Object.entries(schemas)) {
    if (onlySchema !== '' && onlySchema !== name) continue
    it(`gives the same data and errors on generated operations: ${name}`, async (test) => {
      const rig = openRig(sdl())
      const counts = new Map<string, number>()
      const seeds = onlySeed === undefined ? Array.from({ length: Math.round(operations * share) }, (_, index) => index) : [Number(onlySeed)]
      for (const seed of seeds) {
        const verdict = await runOne(name, rig, seed)
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
      }
      test.diagnostic(`seeds 0 to ${seeds.length - 1}: ${[...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`)
      if (onlySeed !== undefined) return
      assert.ok((counts.get('same') ?? 0) > seeds.length * 0.85, 'most are the same')
      assert.ok((counts.get('of its like') ?? 0) < seeds.length * 0.002, 'next to none can be told from its like')
    })
  }
})
