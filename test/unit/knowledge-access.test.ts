import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isAtOrBelow } from '../../subgraphs/departments.ts'
import { readersOf } from '../../subgraphs/knowledge/access.ts'
import { conversationScope, keysOfReader, keysOfReadership, mayRead } from '../../subgraphs/visibility.ts'
import { callerOf } from '../kit/chat.ts'

const settings = {
  access: [{ source: 'wiki', place: 'HR', readers: ['hr'] }, { source: 'wiki', place: 'open', readers: ['public'] }, { place: '/internal', readers: ['tech', 'hr'] }],
  groups: { 'group:hr-only': ['hr'], 'group:back': ['tech/backend'], 'user:all': ['public'] },
}
const readers = (place: string, own: readonly string[] | null = null, source = 'wiki') => readersOf(settings, { source, place, readers: own })

describe('who may read an article', () => {
  it('is said by the first rule that fits its source and its place, and is whoever works here where none does', () => {
    assert.deepEqual([readers('HR'), readers('HR/2026'), readers('HRX'), readers('HR', null, 'svn')], [['hr'], ['hr'], ['staff'], ['staff']])
    assert.deepEqual([readers('/internal/a', null, 'svn'), readers('/internally', null, 'svn'), readers('open')], [['tech', 'hr'], ['staff'], ['public']])
  })

  it('is no more than those whom the source names, as far as they mean anything here', () => {
    assert.deepEqual(readers('SUP', ['group:hr-only']), ['hr'])
    assert.deepEqual(readers('open', ['group:hr-only', 'user:nobody']), ['hr'])
    assert.deepEqual(readers('/internal', ['group:back'], 'svn'), ['tech/backend'])
    assert.deepEqual(readers('HR', ['group:back']), [])
    assert.deepEqual([readers('SUP', ['user:nobody']), readers('SUP', [])], [[], []])
    assert.deepEqual([readers('SUP', ['user:all']), readers('HR', ['user:all'])], [['staff'], ['hr']])
  })
})

const paths = fc.constantFrom('tech', 'tech/backend', 'tech/backend/db', 'technical', 'hr', 'sales/eu')
const readerships = fc.uniqueArray(fc.oneof(paths, fc.constantFrom('public', 'staff')), { maxLength: 3 })
const callers = fc.record({ role: fc.constantFrom('NOBODY', 'VISITOR', 'AGENT', 'ANALYST', 'ADMIN'), departments: fc.uniqueArray(paths, { maxLength: 2 }) }).map(({ role, departments }) => callerOf(role, 'x', { departments }))

describe('keys that an index looks for', () => {
  it('say of any caller and any readership what a careful reading of the rule says', () => {
    fc.assert(fc.property(callers, readerships, (caller, readership) => {
      const isStaff = caller.role !== 'VISITOR' && caller.role !== 'NOBODY'
      const isNear = (one: string) => caller.departments.some((mine) => isAtOrBelow(mine, one) || isAtOrBelow(one, mine))
      const expected = (isStaff && conversationScope(caller).kind === 'all') || readership.some((one) => (one === 'public' ? true : one === 'staff' ? isStaff : isStaff && isNear(one)))
      assert.equal(mayRead(caller, readership), expected)
      const [mine, theirs] = [keysOfReader(caller), new Set(keysOfReadership(readership))]
      assert.equal(mine.some((key) => theirs.has(key)), expected)
    }), { numRuns: 2_000 })
  })
})
