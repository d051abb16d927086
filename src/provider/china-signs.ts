import type { Sign } from './signs'

/** Sellers of models in China and what their refusals look like. */
export const chineseVendorSigns: readonly Sign[] = [
  {
    slug: 'volcengine',
    texts: [
      'the api key format is incorrect',
      ['authenticationerror', 'request id'],
      'the api key or ak/sk in the request is missing or invalid',
      'api key in the request is missing or invalid',
      ['the model or endpoint', 'does not exist or you do not have access'],
    ],
    codes: [
      'invalidendpointormodel.notfound',
      'modelnotopen',
      'accountoverdueerror',
      'setlimitexceeded',
      'invalidendpointormodel.modelidaccessdisabled',
      'unsupportedmodel',
      'missingparameter.authorization',
    ],
  },
  {
    slug: 'siliconflow',
    texts: [
      'siliconflow.cn',
      'siliconcloud',
      'api key is invalid, please check',
      'model does not exist. please check it carefully',
      'the selected model requires paid balance',
    ],
    codes: ['30001', '30011', '30014', '20012', '20015'],
    headers: [['x-siliconcloud-trace-id', '']],
  },
  {
    slug: 'moonshot',
    texts: [
      'platform.moonshot',
      'platform.kimi',
      'the api key appears to be invalid or may have expired',
    ],
    codes: [
      'invalid_authentication_error',
      'incorrect_api_key_error',
      'exceeded_current_quota_error',
      'resource_not_found_error',
    ],
    headers: [
      ['msh-request-id', ''],
      ['msh-trace-id', ''],
      ['x-msh-request-id', ''],
    ],
  },
  {
    slug: 'minimax',
    texts: ['login fail: please carry the api secret key'],
    fields: ['base_resp'],
    headers: [['minimax-request-id', '']],
  },
  {
    slug: 'zhipu',
    texts: [
      '令牌已过期或验证不正确',
      '身份验证失败',
      'token expired or incorrect',
      'authorization token非法',
      'header中未收到authorization',
      'authentication parameter not received in header',
      'bigmodel.cn',
      '请检查模型代码',
      'please check the model code',
    ],
    codes: ['1000', '1001', '1002', '1113', '1210', '1211', '1301', '1302', '1305'],
  },
  {
    slug: 'baidu',
    texts: [
      'iam certification failed',
      'access token invalid or no longer valid',
      'baidubce',
      'qianfan',
      'no permission to access data',
      'open api daily request limit',
      'open api qps request limit',
    ],
    codes: ['invalid_iam_token', 'iam_sign_error'],
    headers: [
      ['x-baidu-request-id', ''],
      ['x-baidu-trace-id', ''],
      ['x-bce-request-id', ''],
      ['x-bce-error-code', ''],
    ],
  },
  {
    slug: 'tencent',
    texts: ['authfailure', 'tencentcloud'],
    codes: ['authfailure.secretidnotfound', 'authfailure.signaturefailure'],
    headers: [['x-tc-requestid', '']],
  },
  {
    slug: 'novita',
    texts: ['novita.ai', 'failed to authenticate api key'],
    codes: ['failed_to_auth'],
  },
  { slug: 'huawei', texts: ['modelarts', 'apigw.', 'modelarts.'] },
  {
    slug: 'iflytek',
    texts: ['hmac signature cannot be verified', 'hmac secret key does not match'],
  },
]
