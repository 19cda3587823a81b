// What can be wrong with a StatusClaim: each rule has a code of its own.

import type { ErrorEntry } from './error-entry.ts'

export const claimErrors = {
  claim_invalid: {
    title: 'No claim in the body is valid',
    hint: 'Mend the named fields; type, agent_id, beat_index, state and hlc are required.',
    exit: 2,
    status: 422,
  },
  claim_not_object: {
    title: 'The claim is no JSON object',
    hint: 'Send one object with type, agent_id, beat_index, state and hlc, or an array of such objects.',
    exit: 2,
    status: 422,
  },
  claim_type: {
    title: 'The type of the claim is wrong',
    hint: 'Write "type": "backbeat.statusclaim.v1".',
    exit: 2,
    status: 422,
  },
  claim_agent_id: {
    title: 'The agent id of the claim is wrong',
    hint: 'Give 1–128 characters of A–Z a–z 0–9 _ : and -.',
    exit: 2,
    status: 422,
  },
  claim_beat_index: {
    title: 'The beat of the claim is wrong',
    hint: 'Give beat_index as the newest beat frame has it: a whole number of at least 0.',
    exit: 2,
    status: 422,
  },
  claim_state: {
    title: 'The state of the claim is wrong',
    hint: 'Use idle, planning, executing, reviewing, completed, failed, blocked or helping; waiting, review and done are understood too.',
    exit: 2,
    status: 422,
  },
  claim_hlc: {
    title: 'The clock of the claim is wrong',
    hint: 'Give hlc as three groups of four hexadecimal digits, such as 7ffd:0001:beef.',
    exit: 2,
    status: 422,
  },
  claim_task_id: {
    title: 'The task id of the claim is wrong',
    hint: 'Give 1–128 characters of A–Z a–z 0–9 _ : and -, or leave task_id out.',
    exit: 2,
    status: 422,
  },
  claim_beats_left: {
    title: 'The beats left of the claim are wrong',
    hint: 'Give a whole number from 0 to 1000, or leave beats_left out.',
    exit: 2,
    status: 422,
  },
  claim_progress: {
    title: 'The progress of the claim is wrong',
    hint: 'Give a number from 0 to 1, or leave progress out.',
    exit: 2,
    status: 422,
  },
  claim_notes: {
    title: 'The notes of the claim are wrong',
    hint: 'Give at most 256 characters of well-formed Unicode, or leave notes out.',
    exit: 2,
    status: 422,
  },
  claim_resources: {
    title: 'The resources of the claim are wrong',
    hint: 'Give an object of cpu_percent, memory_mb, disk_io_ops and network_kb, numbers of at least 0, or leave resources out.',
    exit: 2,
    status: 422,
  },
  claim_dependencies: {
    title: 'The dependencies of the claim are wrong',
    hint: 'Give an array of at most 100 task ids, or leave dependencies out.',
    exit: 2,
    status: 422,
  },
  claim_metadata: {
    title: 'The metadata of the claim is wrong',
    hint: 'Give an object of at most 224 KiB, nested at most 63 levels, or leave metadata out.',
    exit: 2,
    status: 422,
  },
  claim_unknown_field: {
    title: 'The claim has a field that claims do not have',
    hint: 'Remove it or put it under metadata.',
    exit: 2,
    status: 422,
  },
  claim_too_late: {
    title: 'The claim is for a bar long closed',
    hint: 'A claim may come one bar late; take beat_index from the newest beat frame.',
    exit: 5,
    status: 422,
  },
  claim_too_early: {
    title: 'The claim is for a beat to come',
    hint: 'A claim may come one beat early; take beat_index from the newest beat frame, and do not count ahead.',
    exit: 5,
    status: 422,
  },
} as const satisfies Record<string, ErrorEntry>
