import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { growTree, intersectDepartments, isAtOrBelow, isAtOrBelowAny, normalizeDepartment, sharedDepth, upwards } from '../../subgraphs/departments.ts'

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

/** Raw paths: slashes in front, behind and twice. */
const rawPaths = fc.array(fc.constantFrom('cn', 'cnx', 'c', '__proto__', 'constructor', '', '', '部门'), { maxLength: 6 }).map((segments) => segments.join('/'))

/** The same from a list: of all entries at or above a path the longest. */
const listOf = (entries: readonly (readonly [string, number])[]) => {
  const held = new Map<string, number>()
  for (const [raw, value] of entries) {
    const path = normalizeDepartment(raw)
    if (path !== null) held.set(path, value)
  }
  return [...held].map(([path, value]) => ({ path, value }))
}

describe('the tree of departments', () => {
  const tree = growTree([['cn', 1], ['cn/a/b', 2], ['/x//y/', 3], ['__proto__', 4]])

  it('answers what stands at a department, or at the nearest above it', () => {
    const asked: readonly (readonly [string, number | null])[] = [
      ['cn', 1], ['cn/a', 1], ['cn/a/b', 2], ['cn/a/b/c/d', 2], ['/cn//a///b/', 2], ['cnx', null], ['c', null], ['cn/a/bx', 1], ['x', null], ['x/y', 3], ['', null], ['///', null], ['__proto__', 4],
      ['__proto__/x', 4], ['constructor', null], ['CN', null],
    ]
    for (const [path, value] of asked) assert.equal(tree.longestPrefix(path), value, JSON.stringify(path))
  })

  it('lists what is at or below a department, in the order in which it was given', () => {
    const some = growTree([['b', 1], ['a/z', 2], ['a', 3], ['a/b', 4], ['ab', 5]])
    assert.deepEqual(some.atOrBelow('/a/').map(({ path, value }) => [path, value]), [['a/z', 2], ['a', 3], ['a/b', 4]])
    assert.deepEqual(['', 'c', 'a/b/c'].map((path) => some.atOrBelow(path)), [[], [], []])
  })

  it('is what a list of all entries says, however the paths are written', () => {
    fc.assert(fc.property(fc.array(fc.tuple(rawPaths, fc.nat()), { maxLength: 12 }), rawPaths, (entries, asked) => {
      const grown = growTree(entries)
      const [list, path] = [listOf(entries), normalizeDepartment(asked)]
      const above = path === null ? [] : list.filter((entry) => isAtOrBelow(path, entry.path)).toSorted((a, b) => b.path.length - a.path.length)
      assert.equal(grown.longestPrefix(asked), above[0]?.value ?? null)
      assert.deepEqual(grown.atOrBelow(asked), path === null ? [] : list.filter((entry) => isAtOrBelow(entry.path, path)))
    }), { numRuns: 2_000 })
  })

  it('tells paths apart that have the same hash', () => {
    const fnv = (text: string) => [...text].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 16_777_619), 0x811c9dc5 | 0)
    const seen = new Map<number, string>()
    const pairs: (readonly [string, string])[] = []
    for (let number = 0; pairs.length < 3; number += 1) {
      const [path, twin] = [`d${number}`, seen.get(fnv(`d${number}`))]
      if (twin !== undefined) pairs.push([twin, path])
      seen.set(fnv(path), path)
    }
    for (const [one, other] of pairs) {
      const both = growTree([[one, 1], [other, 2], [`${other}/a`, 3]])
      assert.deepEqual([one, other, `${one}/a`, `${other}/a`, `${one}/b`].map(both.longestPrefix), [1, 2, 1, 3, 1])
      const single = growTree([[one, 1]])
      assert.deepEqual([other, `${other}/a`].map(single.longestPrefix), [null, null])
    }
  })

  it('takes paths of 100 KB', () => {
    for (const path of ['a'.repeat(100_000), 'a/'.repeat(50_000), '/'.repeat(100_000), `cn${'/'.repeat(100_000)}a`, `cn/${'部'.repeat(100_000)}`]) {
      assert.equal(tree.longestPrefix(path), path.startsWith('cn') ? 1 : null)
    }
    assert.equal(growTree([['a/'.repeat(2_000), 1]]).longestPrefix('a/'.repeat(50_000)), 1)
  })
})

describe('several departments', () => {
  it('hold what is at or below one of them, few or many, however often it is asked', () => {
    fc.assert(fc.property(paths, fc.array(paths, { maxLength: 20 }), (path, departments) => {
      for (let count = 0; count < 1_010; count += 1) assert.equal(isAtOrBelowAny(path, departments), departments.some((one) => isAtOrBelow(path, one)))
    }), { numRuns: 300 })
  })
})

describe('the depth that two departments share', () => {
  it('is counted in whole segments', () => {
    for (const [some, other, depth] of [['a/b', 'a/b', 2], ['a/b', 'a/bc', 1], ['cn', 'cnx', 0], ['a/b/c', 'a/b', 2], ['a', 'b', 0], ['a/b', 'a', 1]] as const) assert.equal(sharedDepth(some, other), depth, `${some} ${other}`)
    fc.assert(fc.property(paths, paths, (some, other) => assert.equal(sharedDepth(some, other), upwards(some).filter((one) => upwards(other).includes(one)).length)))
  })
})
