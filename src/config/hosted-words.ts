import type { PlatformWords } from './platform-words'

/** Where GitLab keeps variables. */
const gitlabPage = 'Settings > CI/CD > Variables of the project'

/** Platforms that somebody else runs: continuous integration and hosting. */
export const hostedPlatforms = {
  'github-actions': {
    at: 'In GitHub Actions',
    key: {
      text:
        'save it as a secret of the repository and pass it under `env:` of the step that starts ' +
        'this process: `{}: $' +
        '{{ secrets.{} }}`.',
      command: 'gh secret set {}{+repo: --repo }',
    },
    plain: { text: 'write `{}: {value}` under `env:` of the step that starts this process.' },
    remove: { text: 'take it out of `env:` of the workflow, the job and the step.' },
    notes: {
      'key-whitespace':
        'gh secret set keeps every byte: write its input with printf %s, without a line break.',
      'key-unexpanded': 'Expressions are expanded in the workflow file only, not in secrets.',
    },
  },
  'gitlab-ci': {
    at: 'In GitLab CI/CD',
    key: {
      text:
        `set it under ${gitlabPage}. A protected variable reaches only protected branches and ` +
        'tags.',
      command: 'glab variable set {} --masked{+repo: --repo }',
    },
    plain: { text: 'write `{}: "{value}"` under `variables:` of the job in .gitlab-ci.yml.' },
    remove: {
      text: `take it out of ${gitlabPage} and of \`variables:\` in .gitlab-ci.yml.`,
      command: 'glab variable delete {}{+repo: --repo }',
    },
    notes: {
      'key-unexpanded':
        'GitLab expands $NAME in a variable unless "Expand" is switched off for it.',
    },
  },
  ci: {
    at: 'In this CI',
    key: {
      text: 'save it as a secret of the pipeline and pass it as {} to the step that needs it.',
    },
    plain: { text: 'write `{}: {value}` into the variables of the step that starts this process.' },
    remove: { text: 'take it out of the variables of the pipeline and of the step.' },
  },
  vercel: {
    at: 'On Vercel',
    key: {
      text:
        'add it under Settings > Environment Variables of the project for ' +
        'the environment {stage|that runs this}, and redeploy: a deployment keeps the variables ' +
        'that it was made with.',
      command: 'vercel env add {} {stage|production}',
    },
    remove: {
      text: 'remove it under Settings > Environment Variables of the project, and redeploy.',
      command: 'vercel env rm {} {stage|production}',
    },
  },
  netlify: {
    at: 'On Netlify',
    key: {
      text:
        'set it under Project configuration > Environment variables, for the scopes Builds and ' +
        'Functions, and deploy again.',
      command: 'netlify env:set {} "{value}"',
    },
    remove: {
      text: 'remove it under Project configuration > Environment variables, and deploy again.',
      command: 'netlify env:unset {}',
    },
  },
  railway: {
    at: 'On Railway',
    key: {
      text: 'set it under Variables of the service, and deploy the change.',
      command: 'railway variables --set "{}={value}"{+app: --service }',
    },
    remove: { text: 'remove it under Variables of the service, and deploy the change.' },
  },
  render: {
    at: 'On Render',
    key: {
      text:
        'set it at https://dashboard.render.com under Environment of the service{+app: }, and ' +
        'choose "Save, rebuild, and deploy".',
    },
    file: {
      text:
        'add the file at https://dashboard.render.com under Environment > Secret Files of the ' +
        'service{+app: }; {} is then /etc/secrets/ and its name.',
    },
    remove: {
      text:
        'remove it at https://dashboard.render.com under Environment of the service{+app: }, and ' +
        'deploy again.',
    },
  },
  fly: {
    at: 'On Fly.io',
    key: {
      text: 'set it as a secret of the app; Fly.io then restarts its machines.',
      command: 'fly secrets set {}="{value}"{+app: --app }',
    },
    remove: {
      text: 'take it out of the secrets and of [env] in fly.toml.',
      command: 'fly secrets unset {}{+app: --app }',
    },
    notes: {
      'key-quoted': '`fly secrets import` keeps the quotes that `heroku config -s` prints.',
    },
  },
  heroku: {
    at: 'On Heroku',
    key: {
      text: 'set it under Settings > Config Vars of the app; Heroku then restarts its dynos.',
      command: 'heroku config:set {}="{value}"{+app: --app }',
    },
    remove: {
      text: 'remove it under Settings > Config Vars of the app.',
      command: 'heroku config:unset {}{+app: --app }',
    },
  },
  'cloud-run': {
    at: 'On Cloud Run',
    key: {
      text:
        'keep it in Secret Manager (gcloud secrets create deepseek-api-key --data-file=key.txt) ' +
        'and expose it to the {service|service} as {}.',
      command:
        'gcloud run {service|service}s update {app|<name>} ' +
        '--update-secrets={}=deepseek-api-key:latest',
    },
    plain: {
      text: 'set it under Variables & Secrets of the {service|service}.',
      command: 'gcloud run {service|service}s update {app|<name>} --update-env-vars={}={value}',
    },
    file: {
      text: 'mount the secret as a file, and let {} name it.',
      command:
        'gcloud run {service|service}s update {app|<name>} ' +
        '--update-secrets=/secrets/deepseek=deepseek-api-key:latest ' +
        '--update-env-vars={}=/secrets/deepseek',
    },
    remove: {
      text: 'remove it under Variables & Secrets of the {service|service}.',
      command: 'gcloud run {service|service}s update {app|<name>} --remove-env-vars={}',
    },
    notes: {
      'key-whitespace': 'Secret Manager keeps a newline at the end: write key.txt with printf %s.',
    },
  },
  lambda: {
    at: 'In AWS Lambda',
    key: {
      text:
        'set it under Configuration > Environment variables of the function{+app: }, or under ' +
        '`environment` of the function in its template; variables of a build or bundling step do ' +
        'not reach it. On the command line, --environment replaces all variables at once.',
    },
    remove: {
      text: 'remove it under Configuration > Environment variables of the function{+app: }.',
    },
  },
  ecs: {
    at: 'In Amazon ECS',
    key: {
      text:
        'put it under `secrets` of the container in the task definition, with the ARN of the ' +
        'secret as `valueFrom`, and let the service use the new revision.',
      command:
        'aws ecs update-service --cluster <cluster> --service <service> ' +
        '--task-definition <family> --force-new-deployment',
    },
    plain: { text: 'put it under `environment` of the container in the task definition.' },
    remove: { text: 'take it out of the container in the task definition.' },
    notes: {
      'key-unexpanded': 'References are resolved under `secrets`, not under `environment`.',
    },
  },
  azure: {
    at: 'In Azure App Service',
    key: {
      text: 'set it under Settings > Environment variables of the app{+app: }, and apply.',
      command:
        'az {azure|webapp} config appsettings set --name {app|<app>} ' +
        '--resource-group {group|<group>} --settings {}="{value}"',
    },
    remove: {
      text: 'remove it under Settings > Environment variables of the app{+app: }.',
      command:
        'az {azure|webapp} config appsettings delete --name {app|<app>} ' +
        '--resource-group {group|<group>} --setting-names {}',
    },
  },
} as const satisfies Record<string, PlatformWords>
