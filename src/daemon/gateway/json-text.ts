// JSON.parse with two things it lacks: the position of an error, always, and a bound on nesting before memory is spent.

import { BeaconError } from '../../core/errors.ts'
import { limits } from '../../core/event.ts'
import { endOfString, toJsonMistake } from './json-mistake.ts'

/** Below it no nesting costs memory worth a scan. */
const scanFrom = 256 * 1024
/** More levels than an event of the largest size can have: deeper is no event, and costs the parser 40 bytes a level. */
const depthMax = limits.event_bytes_max / 2

/** Throws body_not_json with the position. */
export function parseJsonText(text: string): unknown {
  if (text.length > scanFrom) checkDepth(text)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BeaconError('body_not_json', toJsonMistake(text, error as Error))
  }
}

function checkDepth(text: string): void {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22:
        i = endOfString(text, i)
        break
      case 0x5b:
      case 0x7b:
        if (++depth > depthMax) {
          throw new BeaconError('body_not_json', `nested deeper than ${depthMax} levels at position ${i}`)
        }
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
    }
  }
}
