/**
 * Phrases that a school's filter answers to when they are typed into a search engine, as shipped. Our own writing, and short on
 * purpose: what no list of hosts can carry (self-harm, eating disorders, violence, extremism), and what is searched for
 * most. Compared as whole words, so 'Sussex', 'Essex' and 'Scunthorpe' are never met. The school adds its own.
 */
import type { Category } from './types.ts'

/** Separated by bars. */
export const phrasesByCategory: Readonly<Partial<Record<Category, string>>> = {
  selfharm:
    'how to kill myself|kill myself|ways to kill myself|want to kill myself|how to kill yourself|kill yourself|how to commit suicide|commit suicide painlessly|painless suicide|painless way to die|painless ways to die|easiest way to die|best way to die|ways to die|how to die|want to die|i want to die|suicide methods|suicide method|methods of suicide|suicide pact|suicide forum|sanctioned suicide|suicide kit|exit bag|how to hang myself|hang myself|how to tie a noose|how to make a noose|how to overdose|overdose on paracetamol|how many paracetamol to die|how many pills to die|lethal dose|lethal overdose|how to self harm|how to cut myself|cutting myself|cut my wrists|how to slit wrists|slit my wrists|best way to cut yourself|hide self harm|how to hide cuts|hide self harm scars|how to hurt myself|how to hurt myself badly|bleach suicide|end my life|how to end my life|how to end it all',
  eating:
    'pro ana|proana|pro mia|promia|thinspo|thinspiration|bonespo|meanspo|ana coach|ana buddy|ana diet|how to be anorexic|how to become anorexic|become anorexic|how to get anorexia|tips for anorexia|how to starve myself|starve myself|how to make yourself sick|how to make myself sick|make yourself throw up|make myself throw up|how to purge food|how to purge after eating|purging tips|hide eating disorder|hide not eating|water fast 30 days|500 calorie diet|abc diet|rainbow diet ana',
  violence:
    'gore videos|gore video|real gore|watch people die|watchpeopledie|beheading video|beheading videos|real execution videos|snuff film|snuff films|school shooting video|school shooting how to|how to shoot up a school|shoot up my school|how to stab someone|how to kill someone|how to murder someone|how to kill my teacher|how to poison someone|animal cruelty videos|real death videos|fight videos',
  weapons:
    'how to make a bomb|make a bomb|build a bomb|pipe bomb|nail bomb|pressure cooker bomb|bomb making|bomb recipe|how to make explosives|make explosives|how to make napalm|how to build a gun|3d print a gun|3d printed gun|ghost gun|buy a gun uk|buy a zombie knife|zombie knife for sale|buy a machete|buy knife no id',
  extremism:
    'join isis|how to join isis|isis propaganda|isis videos|isis execution|join al qaeda|jihad training|anarchist cookbook|terrorist handbook|terrorist manual|white power music|join a militia|join national action|national action uk join|atomwaffen|siege james mason|great replacement manifesto|christchurch shooting video|christchurch manifesto|turner diaries|mein kampf pdf free',
  hate: 'i hate muslims|i hate jews|i hate blacks|i hate gays|kill all jews|kill all muslims|kill all blacks|holohoax|jews did 9 11|racist jokes|holocaust jokes|antisemitic jokes|homophobic jokes',
  misogyny:
    'incel forum|incel forums|black pill|blackpill|women are property|rape jokes|how to rape|hustlers university|red pill forum',
  drugs:
    'buy weed|buy weed online|buy cannabis online|buy cocaine|buy cocaine online|buy mdma|buy ecstasy|buy ketamine|buy lsd|buy xanax|buy xanax online|buy spice drug|buy nos canisters|how to make meth|how to cook meth|how to grow weed|how to grow cannabis|how to roll a joint|how to get high off|how to get high fast|buy legal highs|get high at school|how to smoke weed|purple drank|lean drink recipe|how to make lean drink|weed edibles recipe|drug dealer near me',
  'alcohol-tobacco':
    'buy vapes online|buy vapes no id|vape no id|vapes under 18|elf bar no id|buy cigarettes no id|buy alcohol no id|fake id|buy fake id|how to get drunk|how to get drunk fast|get drunk without parents',
  pornography:
    'porn|porno|pornhub|pornography|xvideos|xnxx|xhamster|redtube|youporn|brazzers|hentai|rule 34|rule34|milf|milfs|nude girls|nude women|nude men|naked girls|naked women|naked men|naked boys|nude pics|nudes|leaked nudes|sex video|sex videos|sex tape|sex film|sex films|live sex|sex cam|sex cams|cam girls|blowjob|cumshot|gangbang|creampie|threesome video|xxx|xxx video|xxx videos|onlyfans leak|onlyfans leaks|onlyfans leaked|deepfake nude|deepfake nudes|undress ai|ai undress|nudify|strip club videos|bestiality|upskirt',
  gambling:
    'online casino|casino bonus|free bets|free spins no deposit|betting sites|bet without id|csgo gambling|skin gambling|crash gambling',
  hacking:
    'ddos tool|ddos attack tool|booter|ip stresser|how to ddos|how to hack a school|hack school wifi|hack my school|keylogger download|how to hack instagram|how to hack snapchat|hack someones phone|password cracker download|rat download|remote access trojan download|bypass school filter|bypass securly|bypass smoothwall|bypass lightspeed',
  proxy:
    'unblocked games|unblocked youtube|unblocked proxy|proxy unblocker|free proxy|free web proxy|school proxy|proxy for school|web unblocker|unblock websites at school|how to unblock websites|how to get past school filter|get round school filter|get around school filter',
  vpn: 'free vpn|free vpn for school|vpn for school|vpn school chromebook|best vpn for school',
  tor: 'tor browser download|how to get on the dark web|dark web links|onion links|hidden wiki',
  dating:
    'teen dating|teen dating site|teen chat rooms|talk to random strangers|chat with random strangers|random chat with strangers|random video chat|omegle alternative|omegle alternatives|kik girls|snapchat nudes',
  fraud: 'buy essay|pay someone to write my essay|write my essay for me|essay writing service cheap|buy coursework',
}

/**
 * What must be open though a phrase of above stands in it, or in the words beside it: help, lessons and the news. Where one of
 * these is met, the words that it covers are not looked at again.
 */
export const openPhrases =
  'dumb ways to die|million ways to die|how to die hair|how to die my hair|how to die your hair|how to die eggs|how to die fabric|how to die a shirt|weed killer|help for self harm|help with self harm|self harm help|self harm support|stop self harming|stop self harm|stop hurting myself|stop cutting myself|dont want to kill myself|do not want to kill myself|friend wants to die|friend wants to kill herself|friend wants to kill himself|suicide prevention|suicide helpline|suicide hotline|suicide awareness|suicide support|prevent suicide|feeling suicidal|to kill a mockingbird|an inspector calls eva smith suicide|how to die in minecraft|how to die in roblox|ways to die in minecraft|die hard|no time to die|lethal dose ld50|assisted dying|eating disorder help|eating disorder support|recover from anorexia|anorexia recovery|help with anorexia|help for bulimia|porn addiction help|stop watching porn|revenge porn helpline|revenge porn help|food porn|is porn bad|dangers of porn|dangers of pornography|effects of pornography|pornography law|sex education|relationships and sex education|breast cancer|breast feeding|xxx roman numerals|xxx in roman numerals|roman numeral xxx|super bowl xxx|bomb disposal|world war 2 bombs|atom bomb|atomic bomb|bath bomb|make a bath bomb|how to make a bath bomb|cherry bomb|bomb cyclone|dangers of free vpn|what is a vpn|holocaust memorial|holocaust education|mein kampf history|isis goddess|egyptian goddess isis|isis egyptian|isis river|river isis|dangers of drugs|dangers of vaping|dangers of nos|dangers of gambling|gambling addiction|gambling help|what is fake id|strip cartoon|nude mice|nude art history|nude painting|life drawing nude|renaissance nude|michelangelo nude'
