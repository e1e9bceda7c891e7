import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { GraphQLError } from 'graphql'
import { checkClientId } from '../../subgraphs/chat/seeing.ts'
import { cleanLine, cleanText, isTooLong, wordsOf } from '../../subgraphs/chat/words.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })
const bidi = ['\u061c', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069']
const widthless = ['\u200b', '\u200c', '\u200d', '\u2060', '\u2064', '\u206a', '\u206f', '\ufeff', '\u00ad', '\u180e']
/** Letters and marks that look as nothing, and tags, which write what nobody sees. */
const blank = ['\u3164', '\u115f', '\u1160', '\uffa0', '\u034f', '\u{e0041}', '\u{e0001}']
const controls = ['\0', '\u0001', '\u0007', '\u001b', '\u007f', '\u0085', '\u009b', '\u2028', '\u2029', '\r', '\n', '\t']
const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'

describe('a name', () => {
  it('stays as it is, in whatever script', () => {
    for (const name of ['Zoë', '李雷', '山田 太郎', 'أحمد', 'O\'Neill-Smith', '\u{1f600}', '葛\u{e0100}城', '❤\ufe0f']) assert.equal(cleanLine(name, 40), name)
  })

  it('has nothing that turns text around, has no width, or can not be seen', () => {
    for (const character of [...bidi, ...widthless, ...blank]) {
      assert.equal(cleanLine(`ad${character}min`, 40), 'admin', JSON.stringify(character))
      assert.equal(cleanLine(character.repeat(3), 40), null, JSON.stringify(character))
    }
  })

  it('is one line, with one blank where there was a control or several blanks', () => {
    for (const control of controls) assert.equal(cleanLine(`a${control}b`, 40), 'a b', JSON.stringify(control))
    assert.equal(cleanLine('  a \t\u00a0\u3000 b  ', 40), 'a b')
  })

  it('is none where nothing is left', () => {
    for (const text of ['', ' ', '\u00a0\u3000', '\0', '\n\n', '\u200b\u202e ', '\ufe0f']) assert.equal(cleanLine(text, 40), null, JSON.stringify(text))
  })

  it('is cut between characters, and never ends with a blank', () => {
    assert.equal(cleanLine('a'.repeat(50), 40), 'a'.repeat(40))
    assert.equal(cleanLine('\u{1f600}'.repeat(50), 40), '\u{1f600}'.repeat(40))
    assert.equal(cleanLine('abc def', 4), 'abc')
  })

  it('has no half of a character', () => assert.equal(cleanLine('a\ud83d', 40), 'a\ufffd'))

  it('is clean whatever it was, and stays as it is when it is cleaned again', () => {
    fc.assert(fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, max) => {
      const clean = cleanLine(text, max)
      if (clean === null) return
      assert.ok(clean.isWellFormed() && clean === clean.trim() && clean !== '' && [...clean].length <= max)
      assert.doesNotMatch(clean, /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u)
      assert.equal(cleanLine(clean, max), clean)
    }), { numRuns: 500 })
  })
})

describe('a text', () => {
  it('stays as it was written: lines, tabs, blanks at its ends, joiners, marks of direction', () => {
    for (const text of ['a\n\n\tb ', '  indented', family, 'می\u200cخواهم', 'עברית\u200f!', 'क्\u200dष', '李雷：你好']) assert.equal(cleanText(text), text, JSON.stringify(text))
  })

  it('has no controls, and no overrides of direction', () => {
    for (const control of controls.filter((one) => !['\n', '\t', '\r', '\u2028', '\u2029'].includes(one))) assert.equal(cleanText(`a${control}b`), 'ab', JSON.stringify(control))
    assert.equal(cleanText('pay \u202e000,1\u202c \u2066now\u2069'), 'pay 000,1 now')
  })

  it('has one kind of line break', () => assert.equal(cleanText('a\r\nb\rc\nd\r\n\r\ne'), 'a\nb\nc\nd\n\ne'))

  it('is none where nothing can be seen of it', () => {
    for (const text of ['', ' \n\t', '\0', '\u202e', '\u200b', '\u200b\u200d\u2060', '\u3164', '\ufeff', '\u{e0041}']) assert.equal(cleanText(text), null, JSON.stringify(text))
  })

  it('has no half of a character, so that a database can keep it', () => {
    assert.equal(cleanText('a\ud83d b\ude00'), 'a\ufffd b\ufffd')
    fc.assert(fc.property(anyText, (text) => {
      const clean = cleanText(text)
      if (clean === null) return
      assert.ok(clean.isWellFormed() && !/[^\P{Cc}\t\n]/u.test(clean))
      assert.equal(cleanText(clean), clean)
    }), { numRuns: 500 })
  })

  it('is too long as a client counts it', () => {
    assert.deepEqual([isTooLong('abc', 3), isTooLong('abcd', 3), isTooLong('\u{1f600}\u{1f600}', 3), isTooLong('', 0)], [false, true, true, false])
  })
})

describe('an id that a client chose', () => {
  it('is anything that a database can keep and a log can show', () => {
    for (const id of ['1', 'm-1', '0f8fad5b-d9cb-469f-a165-70867728950e', '消息 1', '\u{1f600}', 'x'.repeat(100)]) assert.equal(checkClientId(id), id)
    for (const id of ['', ' ', 'x'.repeat(101), 'a\0', 'a\nb', '\u009b', '\ud800', 'a\udc00']) {
      assert.throws(() => checkClientId(id), (error) => error instanceof GraphQLError && error.extensions['code'] === 'BAD_USER_INPUT', JSON.stringify(id))
    }
  })
})

describe('the words of a search', () => {
  it('are what is between blanks, each once, and so many at most', () => {
    assert.deepEqual(wordsOf(' red\tbox  red \n ', 8), ['red', 'box'])
    assert.deepEqual(wordsOf('a b c d', 2), ['a', 'b'])
    assert.deepEqual(wordsOf(' \n', 8), [])
  })

  it('are composed as they are kept, and have nothing that a database refuses', () => {
    assert.deepEqual(wordsOf('cafe\u0301', 8), ['café'])
    assert.deepEqual(wordsOf('a\0b \ud800', 8), ['a', 'b', '\ufffd'])
  })
})
