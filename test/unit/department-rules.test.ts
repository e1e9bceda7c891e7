import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultRules, describeMistakes, parseRules, RulesError, sourceOf } from '../../subgraphs/department-rules.ts'
import type { Rules, RulesMistake } from '../../subgraphs/department-rules.ts'

const intents = new Set(['api-error', 'outage', 'refund', 'salary'])
const parse = (text: string): Rules => parseRules(text, { file: 'departments.yaml', intents })

const mistakesOf = (text: string): readonly RulesMistake[] => {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof RulesError) return error.mistakes
    throw error
  }
  return []
}

const whole = `
default: support
knowledge: { yuque: [public], svn: [tech] }
departments:
  public: { may: ['*'], mayNot: [salary] }
  support:
  tech:
    name: Technical support
    handles: [api-error, outage]
    mayNot: [salary]
    knowledge: [svn, confluence, yuque]
    hours: { zone: Asia/Shanghai, week: { mon-fri: ['09:00-12:00', '13:30-18:00'], sat: ['22:00-06:00'] }, holidays: { '2026-10-01..2026-10-07': [], '2026-12-31': ['09:00-24:00'] } }
    fallback: support
    strategy: skills
    capacity: 5
    offerSeconds: 20
    answerMinutes: 0
    absentSeconds: 90
    skills: { agent-1: [api-error, zh], agent-2: [outage, en] }
`

describe('the rules of departments', () => {
  const rules = parse(whole)

  it('say of each department what the file says', () => {
    const { hours, ...tech } = rules.byPath.get('tech') ?? assert.fail()
    assert.deepEqual(tech, {
      path: 'tech', name: 'Technical support', handles: ['api-error', 'outage'], may: ['*'], mayNot: ['salary'], knowledge: ['svn', 'confluence', 'yuque'], fallback: 'support',
      assignment: { strategy: 'SKILLS', capacity: 5, offerMs: 20_000, answerMs: null, absentMs: 90_000, skills: new Map([['agent-1', ['api-error', 'zh']], ['agent-2', ['outage', 'en']]]) },
    })
    const day = [{ from: 540, to: 720 }, { from: 810, to: 1080 }]
    assert.deepEqual(hours?.schedule, {
      zone: 'Asia/Shanghai', week: [day, day, day, day, day, [{ from: 1320, to: 1800 }], []],
      holidays: [{ first: 20_727, last: 20_733, intervals: [] }, { first: 20_818, last: 20_818, intervals: [{ from: 540, to: 1440 }] }],
    })
  })

  it('say what holds where it says nothing', () => {
    assert.deepEqual(rules.byPath.get('support'), {
      path: 'support', name: null, handles: [], may: ['*'], mayNot: [], knowledge: [], hours: null, fallback: null,
      assignment: { strategy: 'LEAST_LOAD', capacity: null, offerMs: 30_000, answerMs: 600_000, absentMs: 60_000, skills: new Map() },
    })
    assert.deepEqual(defaultRules.departments, [rules.byPath.get('support')])
    assert.equal(defaultRules.defaultPath, 'support')
  })

  it('keep the file\'s order, and visitors apart', () => {
    assert.deepEqual(rules.departments.map(({ path }) => path), ['support', 'tech'])
    assert.deepEqual([...rules.handlers].map(([intent, by]) => [intent, by.map(({ path }) => path)]), [['api-error', ['tech']], ['outage', ['tech']]])
    assert.deepEqual(['public', 'tech/backend', 'techx'].map((path) => rules.asker.longestPrefix(path)?.path ?? null), ['public', 'tech', null])
  })

  it('have a version that only changes with what they say', () => {
    assert.match(rules.version, /^[0-9a-f]{12}$/)
    assert.equal(parse(`# a comment\n${whole.replace('capacity: 5', 'capacity:   5 # five')}`).version, rules.version)
    for (const [from, to] of [['capacity: 5', 'capacity: 6'], ["'13:30-18:00'", "'13:30-18:01'"], ['yuque: [public]', 'yuque: [tech]'], ['mayNot: [salary] }', 'mayNot: [refund] }'], ['default: support', 'default: tech']] as const) {
      assert.notEqual(parse(whole.replace(from, to)).version, rules.version, to)
    }
  })

  it('let read a source whom the file names, or else everybody who works here', () => {
    const tech = rules.byPath.get('tech') ?? assert.fail()
    const askers = [{ kind: 'visitor' }, { kind: 'department', path: '/tech//backend' }, { kind: 'department', path: 'techx' }, { kind: 'department', path: 'support' }] as const
    assert.deepEqual(askers.map((asker) => sourceOf(tech, asker, rules)), ['yuque', 'svn', 'confluence', 'confluence'])
    assert.equal(sourceOf({ ...tech, knowledge: ['svn'] }, { kind: 'department', path: 'support' }, rules), null)
  })

  it('may be without intents, without visitors and without anything but a default', () => {
    const few = parseRules('default: a\ndepartments: { a: {} }', { file: 'x', intents: new Set() })
    assert.deepEqual([few.departments.length, few.asker.longestPrefix('public')], [1, null])
  })

  it('may have any department, whatever objects have of that name', () => {
    assert.deepEqual(parse('default: __proto__\ndepartments: { __proto__: {}, constructor: {}, 部门/一: {}, 7: {} }').departments.map(({ path }) => path), ['__proto__', 'constructor', '部门/一', '7'])
  })

  it('may say the same hours once for many', () => {
    const many = Array.from({ length: 300 }, (_, index) => `  d${index}: { handles: [refund], hours: *office }`).join('\n')
    const office = parse(`default: a\ndepartments:\n  a: { hours: &office { zone: UTC, week: { mon: ['09:00-10:00'] } } }\n${many}`)
    assert.equal(office.departments.length, 301)
  })
})

const file = (departments: string, top = 'default: a') => `${top}\ndepartments:\n  a: { handles: [refund] }\n${departments}`
const hours = (week: string, holidays = '{}') => file(`  b:\n    handles: [refund]\n    hours:\n      zone: UTC\n      week: ${week}\n      holidays: ${holidays}\n`)

/** A text, the place of its only mistake, and what is said of it. */
const refusals: Readonly<Record<string, readonly [text: string, place: string, words: string]>> = {
  'an intent that nobody knows': [file('  b: { handles: [refund, api-eror] }'), '4:26', 'departments.b.handles.1: expected an intent; found "api-eror": did you mean api-error?'],
  'an intent that nobody knows, in may': [file('  b: { may: [zh] }'), '4:14', 'departments.b.may.0: expected an intent or *; found "zh"'],
  'an intent that nobody knows, in mayNot': [file("  b: { mayNot: ['*', x] }"), '4:22', 'departments.b.mayNot.1: expected an intent or *; found "x"'],
  'a skill that nobody knows': [file('  b: { handles: [refund], skills: { agent-1: [zh, fr] } }'), '4:51', 'departments.b.skills.agent-1.1: expected an intent, zh or en; found "fr"'],
  'a fallback that does not exist': [file('  b: { handles: [refund], fallback: c }'), '4:37', 'departments.b.fallback: expected a department of this file; found "c": did you mean a?'],
  'a fallback to the visitors': [file('  public: {}\n  b: { handles: [refund], fallback: public }'), '5:37', 'found public, which takes none'],
  'a fallback to itself': [file('  b: { handles: [refund], fallback: b }'), '4:37', 'expected another department; found b itself'],
  'a cycle of fallbacks': [file('  x: { handles: [refund], fallback: b }\n  b: { fallback: c }\n  c: { fallback: d }\n  d: { fallback: b }'), '5:18', 'expected fallbacks that end; found the cycle b → c → d → b'],
  'hours that overlap': [hours("{ mon: ['09:00-12:00', '11:59-13:00'] }"), '8:36', 'departments.b.hours.week.mon.1: expected hours that do not overlap; found "11:59-13:00", which begins before 09:00-12:00 ends'],
  'hours that overlap over midnight': [hours("{ sun: ['22:00-06:00'], mon: ['05:00-07:00'] }"), '8:43', 'departments.b.hours.week.mon.0: expected hours that do not overlap; found "05:00-07:00", which begins before 22:00-06:00 of the day before ends'],
  'hours of a holiday that overlap': [hours('{}', "{ '2026-12-31': ['09:00-12:00', '10:00-11:00'] }"), '9:49', 'which begins before 09:00-12:00 ends'],
  'hours of a holiday that overlap the night before': [hours("{ wed: ['22:00-06:00'] }", "{ '2026-12-31': ['05:00-07:00'] }"), '9:34', 'which begins before 22:00-06:00 of the day before ends'],
  'a holiday whose night overlaps the day after': [hours("{ fri: ['05:00-07:00'] }", "{ '2026-12-31': ['22:00-06:00'] }"), '8:21', 'which begins before 22:00-06:00 of the day before ends'],
  'holidays whose nights overlap their days': [hours('{}', "{ '2026-12-01..2026-12-02': ['05:00-07:00', '22:00-06:00'] }"), '9:46', 'which begins before 22:00-06:00 of the day before ends'],
  'a day that is there twice': [hours("{ mon-fri: ['09:00-12:00'], wed: [] }"), '8:41', 'expected each day once; found "wed", and mon-fri has that day already'],
  'a date that is there twice': [hours('{}', "{ '2026-12-20..2026-12-31': [], '2026-12-31': [] }"), '9:49', 'expected each date once; found "2026-12-31", and 2026-12-20..2026-12-31 has a day of it already'],
  'a time zone that does not exist': [file('  b: { handles: [refund], hours: { zone: Asia/Shanghaj, week: {} } }'), '4:42', 'expected an IANA time zone such as Asia/Shanghai; found "Asia/Shanghaj"'],
  'a time zone that is an offset': [file("  b: { handles: [refund], hours: { zone: '+08:00', week: {} } }"), '4:42', 'found "+08:00"'],
  'an interval without an end': [hours("{ mon: ['09:00-25:00'] }"), '8:21', 'expected an interval such as \'09:00-12:00\' or \'22:00-06:00\'; found "09:00-25:00"'],
  'an interval that begins at 24:00': [hours("{ mon: ['24:00-01:00'] }"), '8:21', 'found "24:00-01:00"'],
  'an interval of no length': [hours("{ mon: ['09:00-09:00'] }"), '8:21', 'found "09:00-09:00"'],
  'a day that is none': [hours('{ mon-fry: [] }'), '8:15', 'expected a day such as mon, or days such as mon-fri; found "mon-fry"'],
  'a date that is none': [hours('{}', "{ '2026-02-30': [] }"), '9:19', 'found "2026-02-30"'],
  'dates that go backwards': [hours('{}', "{ '2026-02-03..2026-02-01': [] }"), '9:19', 'found "2026-02-03..2026-02-01"'],
  'a department that says how it takes conversations and handles nothing': [file('  b: { strategy: manual, capacity: 3 }'), '4:3', 'departments.b: expected something that leads here, as strategy, capacity would have it; found that it handles nothing'],
  'a department that handles what nobody may raise': [
    'default: a\ndepartments:\n  public: { mayNot: [salary] }\n  a: { mayNot: [salary] }\n  b: { may: [refund], handles: [salary], capacity: 3 }', '5:3', 'found that nobody may raise salary, and that it is neither the default nor a fallback',
  ],
  'a key that nobody knows': [file('  b: { handles: [refund], capasity: 3 }'), '4:27', 'departments.b.capasity: expected a known key; found "capasity": did you mean capacity?'],
  'a key that nobody knows, in hours': [file('  b: { handles: [refund], hours: { zone: UTC, weeks: {}, week: {} } }'), '4:47', 'found "weeks": did you mean week?'],
  'a key that objects have': [file('  b: { handles: [refund], __proto__: { capacity: 3 } }'), '4:27', 'departments.b.__proto__: expected one of name, may'],
  'a name with a line break': [file('  "b\\nc": {}'), '4:3', 'departments.b c: expected a department such as tech/backend; found "b\\nc"'],
  'a key that is no key of the file': [file('', 'default: a\ndepartment: {}'), '2:1', 'department: expected a known key; found "department": did you mean departments?'],
  'a key that is there twice': [file('  a: {}'), '4:3', 'expected each key once; found "a" again'],
  'a rule of visitors that takes conversations': [file('  public: { handles: [refund] }'), '4:13', 'as no conversation can go to public'],
  'a department below the visitors': [file('  public/x: {}'), '4:3', 'expected nothing below public'],
  'a default that does not exist': [file('', 'default: public'), '1:10', 'default: expected a department of this file; found "public"'],
  'a file without a default': [file('', '# none'), '1:1', 'default: expected a department such as tech/backend; found nothing'],
  'a source for a department that does not exist': [file('', 'default: a\nknowledge: { svn: [b] }'), '2:20', 'knowledge.svn.0: expected a department of this file; found "b": did you mean a?'],
  'a path that is no department': [file("  'b//c': {}"), '4:3', 'expected a department such as tech/backend; found "b//c"'],
  'eleven levels': [file('  a/b/c/d/e/f/g/h/i/j/k: {}'), '4:3', 'expected a department such as tech/backend'],
  'a strategy that does not exist': [file('  b: { handles: [refund], strategy: best }'), '4:37', 'expected one of least-load, round-robin, last-agent, skills, manual; found "best"'],
  'a capacity of none': [file('  b: { handles: [refund], capacity: 0 }'), '4:37', 'expected a whole number from 1 to 1000; found 0'],
  'an offer that is too short': [file('  b: { handles: [refund], offerSeconds: 4 }'), '4:41', 'expected a whole number from 5 to 3600; found 4'],
  'text that is no YAML': ['default: a\ndepartments: {', '2:15', 'expected YAML'],
  'an alias that stands for nothing': ['default: a\ndepartments: { a: *b }', '2:19', 'expected an anchor that was set before; found *b'],
  'an alias inside what it stands for': ['default: a\ndepartments: &d { a: *d }', '2:22', 'expected an anchor that was set before; found *d'],
  'aliases that grow without end': [`default: a\nx1: &x1 [1]\n${Array.from({ length: 30 }, (_, index) => `x${index + 2}: &x${index + 2} [*x${index + 1}, *x${index + 1}, *x${index + 1}]\n`).join('')}`, '1:1', 'aliases that grow without end'],
  'more than a megabyte': [`default: a # ${'x'.repeat(1_000_000)}`, '1:1', 'expected no more than 1000000 bytes'],
  'more than 20,000 departments': [`default: a\ndepartments:\n${Array.from({ length: 20_001 }, (_, index) => `  d${index}:`).join('\n')}`, '2:1', 'expected no more than 20000 departments; found 20001'],
}

describe('rules are refused, with file and line, for', () => {
  for (const [what, [text, place, words]] of Object.entries(refusals)) {
    it(what, () => {
      const mistakes = mistakesOf(text)
      assert.equal(mistakes.length, 1, describeMistakes(mistakes))
      const told = describeMistakes(mistakes)
      assert.ok(told.startsWith(`departments.yaml:${place}: `) && told.includes(words), told)
    })
  }

  it('brackets in brackets without end', () => {
    for (const text of ['['.repeat(2_000), '['.repeat(900_000), `a: ${'{a: '.repeat(200)}`]) assert.ok(mistakesOf(text).length > 0)
  })

  it('all that is wrong with them at once, in the order of the text', () => {
    const mistakes = mistakesOf(`default: x\ndepartments:\n  a: { handles: [refnd], capacity: many, fallback: b }\n  b: { fallback: a, colour: red }\n  c: { strategy: manual }\n`)
    assert.deepEqual(mistakes.map(({ line, column }) => [line, column]), [[1, 10], [3, 18], [3, 36], [3, 52], [4, 21], [5, 3]])
  })
})

describe('rules are not refused for', () => {
  const taken: Readonly<Record<string, string>> = {
    'hours that touch': hours("{ mon: ['09:00-12:00', '12:00-13:00', '22:00-06:00'], tue: ['06:00-07:00'] }"),
    'days over the end of a week': hours("{ fri-mon: ['00:00-24:00'], wed: ['22:00-00:00'] }"),
    'a holiday without the night of the day before': hours("{ wed: ['22:00-06:00'], thu: ['06:00-07:00'] }", "{ '2026-12-31': [] }"),
    'a department that is only a place in the tree': file('  b: { name: Nobody, may: [refund] }'),
    'a department that only others fall back to': file('  b: { handles: [refund], fallback: c }\n  c: { strategy: round-robin }'),
    'keys whose value is commented out': file('  b: { capacity: , handles: }\n  c:', 'default: a\nknowledge:'),
  }
  for (const [what, text] of Object.entries(taken)) it(what, () => assert.deepEqual(mistakesOf(text), []))
})
