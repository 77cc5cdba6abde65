import { iso, letters, type ProviderSamples, type Sample } from './sample.ts'

const repository = {
  id: 1296269,
  name: 'greeting',
  full_name: 'octo-org/greeting',
  private: false,
  html_url: 'https://github.com/octo-org/greeting',
  default_branch: 'main',
  owner: { login: 'octo-org', id: 21031, type: 'Organization' },
}
const sender = { login: 'ada', id: 4021, type: 'User', html_url: 'https://github.com/ada' }
const githubHeaders = [
  ['User-Agent', 'GitHub-Hookshot/0000000'],
  ['X-GitHub-Hook-ID', '300001'],
] as const
const commit = '0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c'
const before = '6113728f27ae82c7b1a177c8d03f9e96e0adf246'

function github(body: Sample['body']): Sample {
  return { headers: githubHeaders, body }
}

/** Code hosting and errors in code. */
export const codeSamples: Readonly<Record<string, ProviderSamples>> = {
  github: {
    events: {
      push: github(({ now }) => ({
        ref: 'refs/heads/main',
        before,
        after: commit,
        created: false,
        deleted: false,
        forced: false,
        compare: 'https://github.com/octo-org/greeting/compare/6113728f27ae...0d1a26e67d8f',
        commits: [
          {
            id: commit,
            message: 'Greet in Zürich, too 🎺',
            timestamp: iso(now),
            author: { name: 'Ada', email: 'ada@example.com', username: 'ada' },
            added: ['greeting.txt'],
            removed: [],
            modified: ['README.md'],
          },
        ],
        head_commit: { id: commit, message: 'Greet in Zürich, too 🎺', timestamp: iso(now) },
        pusher: { name: 'ada', email: 'ada@example.com' },
        repository,
        sender,
      })),
      issues: github(({ now }) => ({
        action: 'opened',
        issue: {
          id: 73464126,
          number: 42,
          title: 'The greeting is not loud enough',
          state: 'open',
          user: sender,
          labels: [{ id: 208045946, name: 'bug', color: 'f29513' }],
          assignees: [],
          comments: 0,
          created_at: iso(now),
          html_url: 'https://github.com/octo-org/greeting/issues/42',
          body: 'It should be heard in the next valley.',
        },
        repository,
        sender,
      })),
      pull_request: github(({ now }) => ({
        action: 'opened',
        number: 43,
        pull_request: {
          id: 34778301,
          number: 43,
          state: 'open',
          draft: false,
          merged: false,
          title: 'Make the greeting louder',
          user: sender,
          created_at: iso(now),
          head: { ref: 'louder', sha: commit },
          base: { ref: 'main', sha: before },
          html_url: 'https://github.com/octo-org/greeting/pull/43',
        },
        repository,
        sender,
      })),
      ping: github(() => ({
        zen: 'Half measures are as bad as nothing at all.',
        hook_id: 300001,
        hook: { type: 'Repository', id: 300001, name: 'web', active: true, events: ['push', 'issues'] },
        repository,
        sender,
      })),
    },
  },
  gitlab: { newId: () => `msg_${letters(27)}`, events: { push: gitlabPush() } },
  'gitlab-token': { events: { push: gitlabPush() } },
  sentry: {
    events: {
      issue: {
        body: ({ now }) => ({
          action: 'created',
          installation: { uuid: '24b3a9f0-96c5-4d2e-8d4c-6f7a0a1f5d11' },
          data: {
            issue: {
              id: '1170820242',
              shortId: 'GREETING-1',
              title: 'TypeError: greeting is not a function',
              culprit: 'greet(greeting.ts)',
              level: 'error',
              status: 'unresolved',
              platform: 'javascript',
              project: { id: '1', name: 'greeting', slug: 'greeting' },
              count: '1',
              firstSeen: iso(now),
              lastSeen: iso(now),
            },
          },
          actor: { type: 'application', id: 'sentry', name: 'Sentry' },
        }),
      },
    },
  },
}

function gitlabPush(): Sample {
  return {
    eventType: 'Push Hook',
    headers: [['X-Gitlab-Instance', 'https://gitlab.example.com']],
    body: ({ now }) => ({
      object_kind: 'push',
      event_name: 'push',
      before,
      after: commit,
      ref: 'refs/heads/main',
      checkout_sha: commit,
      user_id: 4,
      user_name: 'Ada',
      user_username: 'ada',
      project_id: 15,
      project: {
        id: 15,
        name: 'Greeting',
        web_url: 'https://gitlab.example.com/octo/greeting',
        namespace: 'octo',
        path_with_namespace: 'octo/greeting',
        default_branch: 'main',
      },
      commits: [
        {
          id: commit,
          message: 'Greet in Zürich, too',
          title: 'Greet in Zürich, too',
          timestamp: iso(now),
          url: `https://gitlab.example.com/octo/greeting/-/commit/${commit}`,
          author: { name: 'Ada', email: 'ada@example.com' },
          added: ['greeting.txt'],
          modified: [],
          removed: [],
        },
      ],
      total_commits_count: 1,
    }),
  }
}
