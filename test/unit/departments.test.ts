import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { intersectDepartments, isAtOrBelow, normalizeDepartment, upwards } from '../../subgraphs/departments.ts'

const segment = fc.constantFrom('cn', 'cnx', 'c', 'n', 'a')
const paths = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))
const somePaths = fc.uniqueArray(paths, { maxLength: 4 })

/** The same said in another way: segment by segment. */
const isBelow = (path: string, ancestor: string) => {
  const [own, above] = [path.split('/'), ancestor.split('/')]
  return above.every((one, index) => own[index] === one)
}

describe('a department', () => {
  it('is a path without empty segments, or none', () => {
    assert.deepEqual(['a/b', '/a//b/', 'a', '///a'].map(normalizeDepartment), ['a/b', 'a/b', 'a', 'a'])
    assert.deepEqual(['', '/', '//'].map(normalizeDepartment), [null, null, null])
  })

  it('is below itself and what is above it, and never below what only begins alike', () => {
    for (const [path, ancestor] of [['cn', 'cn'], ['cn/a', 'cn'], ['cn/a/b', 'cn'], ['cn/a/b', 'cn/a']] as const) assert.equal(isAtOrBelow(path, ancestor), true, `${path} ${ancestor}`)
    for (const [path, ancestor] of [['cnx', 'cn'], ['cnx/a', 'cn'], ['cn', 'cnx'], ['cn', 'cn/a'], ['x/cn', 'cn'], ['cn/ab', 'cn/a'], ['CN', 'cn'], ['cn', '']] as const) assert.equal(isAtOrBelow(path, ancestor), false, `${path} ${ancestor}`)
  })

  it('is compared by segments, whatever it is called', () => {
    fc.assert(fc.property(paths, paths, (path, ancestor) => assert.equal(isAtOrBelow(path, ancestor), isBelow(path, ancestor))), { numRuns: 500 })
  })

  it('goes upwards to the root, the nearest first', () => {
    assert.deepEqual(upwards('a/b/c'), ['a/b/c', 'a/b', 'a'])
    fc.assert(fc.property(paths, paths, (path, other) => assert.equal(upwards(path).includes(other), isAtOrBelow(path, other))))
  })
})

describe('what two sets of departments share', () => {
  it('is the lower of each two of which one is above the other', () => {
    assert.deepEqual(intersectDepartments(['tech', 'sales'], ['tech/backend', 'sales', 'hr']).toSorted(), ['sales', 'tech/backend'])
    assert.deepEqual(intersectDepartments(['cn'], ['cnx']), [])
    assert.deepEqual(intersectDepartments(['a'], []), [])
  })

  it('holds exactly what both hold, whichever comes first', () => {
    const holds = (departments: readonly string[], path: string) => departments.some((one) => isAtOrBelow(path, one))
    fc.assert(fc.property(somePaths, somePaths, paths, (some, others, path) => {
      const shared = intersectDepartments(some, others)
      assert.equal(holds(shared, path), holds(some, path) && holds(others, path))
      assert.deepEqual(shared.toSorted(), intersectDepartments(others, some).toSorted())
    }), { numRuns: 500 })
  })
})
