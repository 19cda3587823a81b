// Where an agent runs, told from what its surroundings show.

import { describe, expect, test } from 'vitest'
import { detectPlatform, type Surroundings } from '../../src/client/detect-platform.ts'

const around = (
  env: Surroundings['env'] = {},
  files: Record<string, string> = {},
): Parameters<typeof detectPlatform>[0] => ({
  env,
  exists: (file) => Object.hasOwn(files, file),
  read: (file) => files[file],
})

const id = 'f'.repeat(64)
const lambda = { AWS_LAMBDA_FUNCTION_NAME: 'crawl', AWS_REGION: 'eu-central-1' }
const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOSTNAME: 'crawl-7', NODE_NAME: 'node-3' }
const container = {
  '/.dockerenv': '',
  '/proc/self/mountinfo': `606 605 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/sda1 rw`,
}
const namespace = { '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'swarm\n' }

describe('the platform', () => {
  test.each([
    ['a function', around(lambda), { type: 'lambda', function: 'crawl', region: 'eu-central-1' }],
    [
      'a pod',
      around(pod, namespace),
      { type: 'kubernetes', pod_name: 'crawl-7', namespace: 'swarm', node: 'node-3' },
    ],
    [
      'a pod that the downward API tells more',
      around({ ...pod, POD_NAME: 'p', POD_NAMESPACE: 'n' }),
      { type: 'kubernetes', pod_name: 'p', namespace: 'n', node: 'node-3' },
    ],
    ['a container', around({ HOSTNAME: 'abc' }, container), { type: 'docker', container_id: id }],
    [
      'a container whose mounts say nothing',
      around({ HOSTNAME: 'abc', CONTAINER_IMAGE: 'crawl:2' }, { '/.dockerenv': '' }),
      { type: 'docker', container_id: 'abc', image: 'crawl:2' },
    ],
    [
      'bare metal',
      around(),
      { type: 'bare_metal', hostname: expect.any(String), os: expect.any(String), pid: process.pid },
    ],
  ])('of %s', (_, surroundings, platform) => {
    expect(detectPlatform(surroundings)).toEqual(platform)
  })

  test('a pod is a pod though it has /.dockerenv, and a function a function though it is in a pod', () => {
    expect(detectPlatform(around(pod, container)).type).toBe('kubernetes')
    expect(detectPlatform(around({ ...pod, ...lambda }, container)).type).toBe('lambda')
  })
})
