/**
 * Sites whose business is to show or to lead to another page: translators, caches, archives, redirectors, viewers and page
 * proxies. What lies inside an address of one of these is what the reader will see, so it counts in full.
 */

/** A host with all beneath it; with paths, only those. */
export interface Carrier {
  readonly host: string
  readonly paths?: readonly string[]
}

/** Google's search, one a country (https://www.google.com/supported_domains). */
export const googleHosts: readonly string[] =
  'com ad ae com.af com.ag al am co.ao com.ar as at com.au az ba com.bd be bf bg com.bh bi bj com.bn com.bo com.br bs bt co.bw by com.bz ca cd cf cg ch ci co.ck cl cm cn com.co co.cr com.cu cv com.cy cz de dj dk dm com.do dz com.ec ee com.eg es com.et fi com.fj fm fr ga ge gg com.gh com.gi gl gm gr com.gt gy com.hk hn hr ht hu co.id ie co.il im co.in iq is it je com.jm jo co.jp co.ke com.kh ki kg co.kr com.kw kz la com.lb li lk co.ls lt lu lv com.ly co.ma md me mg mk ml com.mm mn com.mt mu mv mw com.mx com.my co.mz com.na com.ng com.ni ne nl no com.np nr nu co.nz com.om com.pa com.pe com.pg com.ph com.pk pl pn com.pr ps pt com.py com.qa ro ru rw com.sa com.sb sc se com.sg sh si sk com.sl sn so sm sr st com.sv td tg co.th com.tj tl tm tn to com.tr tt com.tw co.tz com.ua co.ug co.uk com.uy co.uz com.vc co.ve co.vi com.vn vu ws rs co.za co.zm co.zw cat'
    .split(' ')
    .map(suffix => `google.${suffix}`)

const whole =
  'translate.goog translate.yandex.com translate.yandex.ru translated.turbopages.org microsofttranslator.com translatetheweb.com translatoruser.net fanyi.baidu.com papago.naver.com translate.com imtranslator.net translate.ru worldlingo.com ' +
  'webcache.googleusercontent.com cc.bingj.com cachedview.com cachedview.nl cachedpages.com cachepage.net ' +
  'web.archive.org archive.today archive.ph archive.is archive.li archive.vn archive.fo archive.md ghostarchive.org webcitation.org timetravel.mementoweb.org conifer.rhizome.org megalodon.jp ' +
  'l.facebook.com lm.facebook.com l.instagram.com l.messenger.com out.reddit.com t.umblr.com href.li anonym.to anonym.es nullrefer.com nullreferer.com dereferer.me dereferer.org hiderefer.com slack-redir.net exit.sc link.zhihu.com away.vk.com r.search.yahoo.com r.search.aol.com clickserve.dartsearch.net googleadservices.com redirect.viglink.com go.skimresources.com ' +
  'cdn.ampproject.org bing-amp.com ampcdn.net ' +
  'images.weserv.nl wsrv.nl i0.wp.com i1.wp.com i2.wp.com i3.wp.com r.jina.ai 12ft.io 1ft.io removepaywall.com smry.ai printfriendly.com outline.com txtify.it api.allorigins.win allorigins.win corsproxy.io cors-anywhere.herokuapp.com thingproxy.freeboard.io api.codetabs.com jsonp.afeld.me proxy.duckduckgo.com external-content.duckduckgo.com view.officeapps.live.com viewer.zoho.com screenshotmachine.com s.wordpress.com browsershots.org'

const byPath: readonly Carrier[] = [
  ...googleHosts.map(host => ({ host, paths: ['/url', '/amp', '/translate', '/translate_c', '/imgres', '/gwt'] })),
  ...googleHosts.map(host => ({ host: `translate.${host}` })),
  { host: 'docs.google.com', paths: ['/viewer', '/gview', '/viewerng'] },
  { host: 'drive.google.com', paths: ['/viewer', '/viewerng'] },
  { host: 'duckduckgo.com', paths: ['/l', '/iu'] },
  { host: 'bing.com', paths: ['/ck', '/translator', '/alink'] },
  { host: 'youtube.com', paths: ['/redirect'] },
  { host: 'facebook.com', paths: ['/l.php', '/flx'] },
  { host: 'vk.com', paths: ['/away.php'] },
  { host: 'steamcommunity.com', paths: ['/linkfilter'] },
  { host: 'linkedin.com', paths: ['/redir', '/safety'] },
  { host: 'deviantart.com', paths: ['/users/outgoing'] },
  { host: 'validator.w3.org', paths: ['/nu', '/check'] },
  { host: 'archive.org', paths: ['/wayback', '/web'] },
]

export const carriers: readonly Carrier[] = [...whole.split(' ').map(host => ({ host })), ...byPath]

/** Hosts that write another host in front of their own name, dots as hyphens and hyphens doubled. */
export const hostWriters: readonly string[] = ['translate.goog', 'cdn.ampproject.org', 'bing-amp.com', 'ampcdn.net']
