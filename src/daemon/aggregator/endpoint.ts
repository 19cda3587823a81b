// An endpoint of the NATS services API: a JSON object in, a JSON object or a refusal out.

import type { Service, ServiceMsg } from '@nats-io/services'

/** An answer that is an error of the NATS services API. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}

export function serve<Request>(
  service: Service,
  name: string,
  subject: string,
  answer: (request: Request) => object,
): void {
  service.addEndpoint(name, {
    subject,
    handler: (error, message) => {
      if (!error) respond(message, answer)
    },
  })
}

function respond<Request>(message: ServiceMsg, answer: (request: Request) => object): void {
  try {
    message.respond(JSON.stringify(answer(parseRequest(message))))
  } catch (error) {
    if (error instanceof Refusal) message.respondError(error.status, error.message)
    else throw error
  }
}

function parseRequest<Request>(message: ServiceMsg): Request {
  try {
    const request: unknown = JSON.parse(message.string() || '{}')
    if (typeof request === 'object' && request !== null) return request as Request
  } catch {
    // Falls through to the refusal.
  }
  throw new Refusal(400, 'the request must be a JSON object')
}
