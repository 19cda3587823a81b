// Who gives a command, for the audit.

import { hostname, userInfo } from 'node:os'

/** `ada@host`: whoever can read the operator's credentials can write any name here. */
export function operatorName(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A user id without a name, as in many containers.
    return `uid ${process.getuid?.() ?? '?'}@${hostname()}`
  }
}
