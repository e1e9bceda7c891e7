import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Malformed, Unreachable } from '../../fuse/errors.ts'
import { checkFrames } from '../../fuse/wires/mysql-framing.ts'
import type { Frames } from '../../fuse/wires/mysql-framing.ts'

const packet = (number: number, payload: Buffer | string): Buffer => {
  const body = Buffer.from(payload)
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head.writeUInt8(number, 3)
  return Buffer.concat([head, body])
}

const err = (number: number) => packet(number, Buffer.of(0xff, 0x15, 0x04))
const greeting = packet(0, '\n8.0\u0000rest of it')
const command = packet(0, '\u0003SELECT 1')
const answer = Buffer.concat([packet(1, '\u0001'), packet(2, Buffer.alloc(300, 7)), packet(3, ''), packet(4, 'row'), packet(5, Buffer.of(0xfe, 0, 0))])

/** What is found first, in chunks of `size` bytes. */
const feed = (frames: Frames, bytes: Buffer, size = bytes.length): unknown => {
  for (let at = 0; at < bytes.length; at += size) {
    const found = frames.received(bytes.subarray(at, at + size))
    if (found) return found
  }
  return null
}

const greeted = (maxBytes = 10_000): Frames => {
  const frames = checkFrames('crm', maxBytes)
  assert.equal(feed(frames, greeting), null)
  frames.sent(packet(1, 'log-in'))
  assert.equal(feed(frames, packet(2, '\u0000')), null)
  frames.sent(command)
  return frames
}

describe('the frames of MySQL\'s protocol', () => {
  for (const size of [1, 2, 3, 4, 5, 6, 7, 11, 1_000]) {
    test(`are followed in chunks of ${size} bytes, one answer after another`, () => {
      const frames = checkFrames('crm', 10_000)
      assert.equal(feed(frames, greeting, size), null)
      frames.sent(packet(1, 'log-in'))
      assert.equal(feed(frames, packet(2, '\u0000'), size), null)
      for (let again = 0; again < 3; again += 1) {
        frames.sent(command)
        assert.equal(feed(frames, answer, size), null)
      }
      frames.sent(command)
      assert.ok(feed(frames, Buffer.concat([answer, packet(7, 'x')]), size) instanceof Malformed)
    })
  }

  test('are numbered modulo 256', () => {
    const frames = greeted(100_000)
    assert.equal(feed(frames, Buffer.concat(Array.from({ length: 600 }, (_, index) => packet((index + 1) % 256, 'row')))), null)
  })

  test('go on where one of 16 MiB ends', () => {
    const frames = greeted(40_000_000)
    assert.equal(feed(frames, Buffer.concat([packet(1, Buffer.alloc(0xffffff)), packet(2, Buffer.alloc(0xffffff)), packet(3, ''), packet(4, 'x')]), 65_536), null)
  })

  test('may begin with a refusal in place of a greeting', () => assert.equal(feed(checkFrames('crm', 100), err(0)), null))

  for (const [what, bytes] of [['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n')], ['another greeting', packet(0, '\told')], ['a number of its own', packet(1, '\n8.0')], ['nothing', packet(0, '')]] as const) {
    for (const size of [1, 1_000]) test(`do not begin with ${what}, in chunks of ${size}`, () => assert.ok(feed(checkFrames('crm', 100), Buffer.concat([bytes, bytes]), size) instanceof Malformed))
  }

  test('that break off with the server\'s last word are an end of the connection', () => {
    assert.ok(feed(greeted(), Buffer.concat([packet(1, '\u0001'), err(0)])) instanceof Unreachable)
    assert.ok(feed(greeted(), Buffer.concat([packet(1, '\u0001'), err(77)])) instanceof Malformed)
    assert.equal(feed(greeted(), Buffer.concat([packet(1, '\u0001'), err(2)])), null)
  })

  test('count their bytes from each command on', () => {
    const frames = greeted(answer.length)
    assert.equal(feed(frames, answer, 10), null)
    frames.sent(command)
    assert.equal(feed(frames, answer, 10), null)
    assert.ok(feed(frames, packet(6, 'x')) instanceof Malformed)
  })

  test('are not followed into TLS, but their bytes are counted', () => {
    const frames = checkFrames('crm', 100)
    assert.equal(feed(frames, greeting), null)
    const request = Buffer.alloc(32)
    request.writeUInt32LE(0x0800)
    frames.sent(packet(1, request))
    assert.equal(feed(frames, Buffer.from('\u0016\u0003\u0003 whatever')), null)
    assert.ok(feed(frames, Buffer.alloc(101)) instanceof Malformed)
  })
})
