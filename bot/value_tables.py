"""Words that make values, in six languages (with a few of German, Italian and Dutch): data only.

Entries are written as people write them and are folded by whoever reads them. An entry that ends in "*"
matches every word that begins so; a space inside an entry is written "_".
"""

MONTHS = {
    1: "january jan janvier janv enero ene январь января январе янв يناير جانفي كانون_الثاني januar januari gennaio",
    2: "february feb février févr fév febrero febr февраль февраля феврале фев فبراير فيفري شباط februar"
    " februari"
    " febbraio",
    3: "march mar mars marzo март марта марте мар مارس آذار märz maart",
    4: "april apr avril avr abril abr апрель апреля апреле апр أبريل إبريل أفريل نيسان aprile",
    5: "may mai mayo май мая мае ماي مايو أيار mei maggio",
    6: "june jun juin junio июнь июня июне июн يونيو يونيه جوان حزيران juni giugno",
    7: "july jul juillet juil julio июль июля июле июл يوليوز يوليو يوليه جويلية تموز juli luglio",
    8: "august aug août aout agosto ago август августа августе авг غشت أغسطس أوت آب augustus",
    9: "september sept sep septembre septiembre setiembre сентябрь сентября сентябре сент сен شتنبر"
    " سبتمبر أيلول"
    " settembre",
    10: "october oct octobre octubre октябрь октября октябре окт أكتوبر تشرين_الأول oktober ottobre",
    11: "november nov novembre noviembre ноябрь ноября ноябре ноя نونبر نوفمبر تشرين_الثاني",
    12: "december dec décembre déc diciembre dic декабрь декабря декабре дек دجنبر ديسمبر كانون_الأول"
    " dezember"
    " dicembre",
}
WEEKDAYS = (
    "lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday"
    " saturday sunday"
    " lunes martes miércoles jueves viernes sábado domingo понедельник понедельника вторник вторника"
    " среда среды"
    " среду четверг четверга пятница пятницы пятницу суббота субботы субботу воскресенье воскресенья"
    " الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"
)
RANGE_WORDS = "au à a al to through until till по до إلى حتى bis tot"
AND_WORDS = "et and y e и و und en"

# Words that make a number; 100 and more multiply what stands before them. "One", an article, is apart.
NUMBER_WORDS: dict[str, dict[int, str]] = {
    "fr": {
        2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six", 7: "sept", 8: "huit", 9: "neuf", 10: "dix",
        11: "onze", 12: "douze", 13: "treize", 14: "quatorze", 15: "quinze", 16: "seize", 20: "vingt vingts",
        30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 70: "septante", 80: "huitante octante",
        90: "nonante", 100: "cent cents",
    },
    "en": {
        2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten",
        11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen",
        17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty",
        50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety", 100: "hundred hundreds",
    },
    "es": {
        2: "dos", 3: "tres", 4: "cuatro", 5: "cinco", 6: "seis", 7: "siete", 8: "ocho", 9: "nueve",
        10: "diez", 11: "once", 12: "doce", 13: "trece", 14: "catorce", 15: "quince", 16: "dieciséis", 17: "diecisiete",
        18: "dieciocho", 19: "diecinueve", 20: "veinte", 21: "veintiuno veintiún"
            " veintiuna", 22: "veintidós",
        23: "veintitrés", 24: "veinticuatro", 25: "veinticinco", 26: "veintiséis", 27: "veintisiete",
        28: "veintiocho", 29: "veintinueve", 30: "treinta", 40: "cuarenta", 50: "cincuenta", 60: "sesenta",
        70: "setenta", 80: "ochenta", 90: "noventa", 100: "cien ciento",
        200: "doscientos doscientas", 300: "trescientos trescientas", 400: "cuatrocientos cuatrocientas",
        500: "quinientos quinientas", 600: "seiscientos seiscientas", 700: "setecientos setecientas",
        800: "ochocientos ochocientas", 900: "novecientos novecientas",
    },
    "ru": {
        2: "два две двух двум двумя двое", 3: "три трёх трём тремя трое", 4: "четыре четырёх четырём"
            " четырьмя",
        5: "пять пяти пятью", 6: "шесть шести шестью", 7: "семь семи семью", 8: "восемь восьми",
        9: "девять девяти", 10: "десять десяти", 11: "одиннадцать одиннадцати", 12: "двенадцать двенадцати",
        13: "тринадцать тринадцати", 14: "четырнадцать четырнадцати", 15: "пятнадцать пятнадцати",
        16: "шестнадцать шестнадцати", 17: "семнадцать семнадцати", 18: "восемнадцать восемнадцати",
        19: "девятнадцать девятнадцати", 20: "двадцать двадцати", 30: "тридцать тридцати", 40: "сорок"
            " сорока",
        50: "пятьдесят пятидесяти", 60: "шестьдесят шестидесяти", 70: "семьдесят семидесяти",
        80: "восемьдесят восьмидесяти", 90: "девяносто девяноста", 100: "сто ста",
        200: "двести двухсот двумстам", 300: "триста трёхсот", 400: "четыреста четырёхсот",
        500: "пятьсот пятисот", 600: "шестьсот шестисот", 700: "семьсот семисот", 800: "восемьсот"
            " восьмисот",
        900: "девятьсот девятисот",
    },
    "ar": {
        2: "اثنان اثنين اثنتان اثنتين", 3: "ثلاثة ثلاث", 4: "أربعة أربع", 5: "خمسة خمس", 6: "ستة ست",
        7: "سبعة سبع", 8: "ثمانية ثماني ثمان", 9: "تسعة تسع", 10: "عشرة عشر", 20: "عشرون عشرين",
        30: "ثلاثون ثلاثين", 40: "أربعون أربعين", 50: "خمسون خمسين", 60: "ستون ستين", 70: "سبعون سبعين",
        80: "ثمانون ثمانين", 90: "تسعون تسعين", 100: "مئة مائة",
        200: "مئتان مئتين مئتا مئتي مائتان مائتين مائتا مائتي", 300: "ثلاثمائة ثلاثمئة", 400: "أربعمائة"
            " أربعمئة",
        500: "خمسمائة خمسمئة", 600: "ستمائة ستمئة", 700: "سبعمائة سبعمئة", 800: "ثمانمائة ثمانمئة"
            " ثمانيمائة",
        900: "تسعمائة تسعمئة",
    },
}  # fmt: skip
ONES = {
    "fr": "un une",
    "en": "one a",
    "es": "un uno una",
    "ru": "один одна одно одного",
    "ar": "واحد واحدة أحد إحدى",
}
CONJUNCTIONS = {"fr": "et", "en": "and", "es": "y", "ru": "", "ar": ""}
SCALES = {
    10**3: "thousand thousands mille mil тыс тысяча тысячи тысяч ألف ألفا آلاف tausend duizend mila",
    10**6: "million millions millón millones млн миллион миллиона миллионов مليون مليونا ملايين"
    " millionen milioni"
    " miljoen mln",
    10**9: "billion billions bn milliard milliards млрд миллиард миллиарда миллиардов مليار مليارا مليارات"
    " milliarden miliardi miljard",
}
HAN_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}

BOUNDS = {
    "more": "more_than over above in_excess_of upwards_of plus_de au-delà_de más_de por_encima_de"
    " superior_a más_que"
    " более более_чем свыше больше больше_чем أكثر_من أزيد_من ما_يزيد_عن ما_يزيد_على ما_يربو_على يفوق تفوق"
    " تجاوز يتجاوز mehr_als über più_di oltre meer_dan ruim supérieur_à dépasse surpassing exceeding"
    " exceeds",
    "less": "less_than fewer_than under below moins_de en_dessous_de menos_de por_debajo_de inferior_a"
    " менее"
    " менее_чем меньше أقل_من دون ما_دون weniger_als unter meno_di minder_dan inférieur_à",
    "least": "at_least no_fewer_than no_less_than not_less_than au_moins pas_moins_de al_menos por_lo_menos"
    " no_menos_de не_менее как_минимум по_меньшей_мере على_الأقل ما_لا_يقل_عن لا_يقل_عن mindestens"
    " almeno minstens",
    "most": "at_most up_to no_more_than not_more_than au_plus au_maximum jusqu_à pas_plus_de a_lo_sumo"
    " como_máximo"
    " hasta no_más_de не_более максимум вплоть_до ما_يصل_إلى لا_يزيد_عن لا_يتجاوز لا_تتجاوز حتى"
    " höchstens bis_zu fino_a",
    "about": "about around approximately roughly some nearly almost close_to circa environ près_de"
    " presque quelque"
    " autour_de une_moyenne_de alrededor_de cerca_de aproximadamente unos unas casi около примерно почти"
    " порядка"
    " приблизительно نحو حوالي حوالى قرابة زهاء ما_يقارب تقريبا ما_يناهز نحو_من rund etwa circa_le"
    " ongeveer",
}
BOUNDS_AFTER = {
    "more": "+ 多 余 餘 с_лишним et_des_poussières y_pico",
    "least": "or_more and_more ou_plus et_plus o_más и_более и_больше فأكثر أو_أكثر على_الأقل 以上"
    " at_least au_moins"
    " al_menos",
    "less": "以下",
    "most": "or_less or_fewer ou_moins o_menos и_менее au_maximum как_максимум at_most",
    "about": "左右 上下 تقريبا environ approximately",
}
HAN_BOUNDS = {
    "more": "超过 超過 多于 逾 大于 高于 突破",
    "less": "少于 不到 不足 低于 小于",
    "least": "至少 不少于 不低于",
    "most": "至多 最多 不超过 不多于 高达",
    "about": "大约 约 近 将近 大概 接近",
}

PERCENT = (
    "% ٪ ﹪ ％ percent per_cent pour_cent por_ciento процент процента процентов في_المائة في_المئة"
    " بالمائة بالمئة pct"
    " prozent per_cento procent"
)
CURRENCIES = {
    "EUR": "€ eur euro euros евро يورو أورو 欧元",
    "USD": "$ usd dollar dollars dólar dólares доллар доллара долларов دولار دولارا دولارات 美元",
    "GBP": "£ gbp pound pounds sterling livre_sterling livres_sterling libra_esterlina libras_esterlinas"
    " фунт* جنيه*"
    " 英镑",
    "MAD": "mad dh dirham dirhams dirhames дирхам* درهم درهما دراهم 迪拉姆",
    "CHF": "chf swiss_francs francs_suisses franken 瑞士法郎",
    "SEK": "sek kronor krona swedish_kronor crowns couronnes coronas крон* كرونة كرونات كرون 瑞典克朗 克朗",
    "RUB": "₽ rub rubles roubles rublos рубл* روبل 卢布",
    "CNY": "¥ cny yuan rmb юан* يوان 人民币 元",
}
DURATIONS = {
    "year": "year years an ans année années año años год года году лет годы годов سنة سنوات عام أعوام"
    " عاما jahre"
    " jahr jaar anni 年",
    "month": "month months mois mes meses месяц месяца месяцев شهر أشهر شهرا شهور monate monat maanden mesi 个月 月",
    "week": "week weeks semaine semaines semana semanas недел* أسبوع أسابيع أسبوعا wochen 周 星期",
    "day": "day days jour jours journée journées día días день дня дней дневн* يوم أيام يوما tage tagen"
    " dagen giorni"
    " 天 日",
    "hour": "hour hours heure heures hora horas час часа часов ساعة ساعات stunden ore uur 小时",
    "minute": "minute minutes minuto minutos минут* دقيقة دقائق 分钟",
}
DUALS = {
    "year": "سنتين سنتان عامين عامان",
    "month": "شهرين شهران",
    "week": "أسبوعين أسبوعان",
    "day": "يومين يومان",
    "hour": "ساعتين ساعتان",
}
ORDINAL_SUFFIXES = "st nd rd th er re e ère ème eme º ª o a я й е го му м ю х ой ая ое ья ье ый ий th."

UNITS = {
    "people": "people person persons personne personnes persona personas particip* attende* attendance"
    " delegate"
    " delegates délégué* delegad* делегат* expert* experto* эксперт* visitor* visiteur* visitante*"
    " asistente* invité*"
    " invitad* guest* гост* участник* человек людей люди лиц посетител* специалист* учён* учен*"
    " scientist* savant*"
    " scientifique científic* researcher* chercheur* investigador* исследовател* student* étudiant*"
    " estudiante*"
    " студент* speaker* intervenant* orador* ponente* докладчик* спикер* inhabitant* habitant* жител*"
    " population"
    " journalist* periodista* журналист* women femmes mujeres женщин* engineer* ingénieur* inspector*"
    " inspecteur*"
    " инспектор* official officials fonctionnaire* funcionario* diplomat* дипломат* ambassador*"
    " ambassadeur*"
    " representative* représentant* representante* представител* mensch* personen teilnehm* deelnem*"
    " persone"
    " partecipant* user users utilisateur* usuario* пользовател* victim* victime* víctima* жертв*"
    " candidate*"
    " مشارك* مشاركا شخص* أشخاص حاضر* حضور خبير* خبراء مندوب* مبعوث* عالما علماء باحث* باحثين طالب* طلاب"
    " طلبة صحفي*"
    " صحافي* ضيف* ضيوف متحدث* نسمة فرد أفراد ناس الناس سكان مواطن* دبلوماسي* ممثلا مفتش* مستخدم* ضحية ضحايا"
    " 与会者 参会者 参加者 参与者 代表 专家 科学家 学者 学生 记者 嘉宾 人员 人士 居民 观众 用户 研究人员"
    " 人",
    "states": "state states country countries pays état états estado estados país países nation nations"
    " nación naciones"
    " state_party États_parties стран страна страны странам странами государств* الدول دول دولة دولا"
    " دولت* بلد بلدا"
    " بلدان البلدان länder staaten landen stati paesi geberländer mitgliedstaaten vertragsstaaten 缔约国"
    " 成员国 会员国"
    " 国家 提案国 捐助国 与会国 签署国 国",
    "members": "member* membre* miembro* член члена членов члены عضو* أعضاء mitglied* leden membri 成员"
    " 委员 会员",
    "organisations": "organisation* organization* organización* organizaciones организаци* منظمة منظمات"
    " institution*"
    " institución* instituciones институт* مؤسسة مؤسسات 组织 机构 agency agencies agence* agencia*"
    " агентств* وكالة"
    " وكالات",
    "companies": "company companies firm firms entreprise* société sociétés empresa* компани* شركة شركات"
    " 公司 企业",
    "laboratories": "laborator* laboratoire* лаборатори* مختبر* مختبرات 实验室",
    "documents": "document* документ* وثيقة وثائق 文件 report reports rapport rapports informe* отчёт*"
    " отчет* доклад"
    " доклада докладов доклады تقرير* تقارير 报告 article articles artículo* статья статьи статей مقال*"
    " 文章 paper"
    " papers",
    "molecules": "molecule* molécule* molécula* молекул* جزيء* جزيئ* 分子 compound* composé* compuesto*"
    " соединени* مركب*"
    " 化合物",
    "tonnes": "tonne* ton tons tonelada* тонн* طن طنا أطنان 吨 公吨 tonnage tonnellate tonnen",
    "votes": "vote* voix voto* suffrage* голос голоса голосов صوت* أصوات 票",
    "sessions": "session* séance* sesión* sesiones сесси* заседани* جلسة جلسات دورة دورات 会议 届会 panel*",
    "recommendations": "recommend* recommandation* recomendacion* рекомендаци* توصية توصيات 建议",
    "languages": "language* langue* lengua* idioma* язык* لغة لغات 语言 sprachen talen",
    "projects": "project* projet* proyecto* проект* مشروع* مشاريع 项目 proposal* proposition* propuesta*"
    " مقترح*"
    " предложени* 提案",
    "objectives": "objective* objectif* objetivo* goal* but buts цел* هدف* أهداف 目标",
    "seats": "seat* siège* escaño* asiento* место места мест مقعد* مقاعد 席位 席",
    "candidacies": "candidature* candidatura* candidac* кандидатур* ترشيح* 候选",
    "schedules": "schedule* tableau tableaux списк* جدول* جداول 附表",
    "organs": "organ organs organe* órgano* орган органа органов جهاز* أجهزة 机关",
    "images": "image* imagen imágenes изображени* صورة صور 图片",
    "workshops": "workshop* atelier* taller* семинар* ورشة ورشات 研讨会",
    "meetings": "meeting* réunion* reunión* reuniones встреч* اجتماع* 会晤",
    "cities": "city cities ville* ciudad* город города городов مدينة مدن 城市",
    "pages": "page pages página* страниц* صفحة صفحات 页",
    "times": "times fois veces раз مرة مرات 次 倍",
}  # fmt: skip
MEASURES = {
    "people": "名 位 人",
    "": "个 項 项 份 场 場 家 次 届 种 座 篇 枚 条 间 所 部 支 件 类 款 批 笔",
    "states": "国",
    "tonnes": "吨",
    "votes": "票",
}

# A number after one of these is a name's part, not a count.
LABELS = (
    "article art section annex annexe anexo chapter chapitre capítulo schedule tableau table figure fig"
    " page p pp no nº"
    " n° № number numéro num resolution résolution resolución paragraph paragraphe version phase"
    " category catégorie"
    " categoría type room salle step level niveau lista artículo статья статьи статье резолюция"
    " резолюции номер раздел"
    " глава приложение списка категории رقم المادة القرار الجدول الفئة الصحيفة موقع قناة جريدة site"
    " chaîne canal"
    " channel option question note model module chapter lot group item"
)
# Words after a number that are not what it counts.
STOP_WORDS = (
    "of in on at to for from by with and or the a an as that which who were was is are had have has took"
    " attended"
    " applied participated gathered de du des d le la les l à au aux en dans pour par avec et ou un une"
    " qui que ont"
    " étaient a sont selon del el los las y o con por para en su sus se que han fueron eran asistieron"
    " participaron в"
    " на из от с со и или по для к у о об при были было приняли участвовали присутствовали يوم في من إلى"
    " على عن مع بحسب"
    " وفق أو هي هو كان كانت التي الذي und der die das von in im zu haben according on during when while"
    " against"
    " contre contra против ضد them those eux ceux ellos них منها منهم"
)

NEGATIONS = (
    "not no never without cannot none offline lacks lack lacking unable pas sans aucun aucune jamais"
    " privé privée privés"
    " privées dépourvu* sin ningún ninguna nunca carece* не без нет ни лишён* лишен* лишены لا لم لن ليس"
    " ليست دون بدون"
    " محروم* يفتقر* تفتقر* nicht kein* ohne"
)
HAN_NEGATIONS = "不 没 未 无 無 没有"
# They introduce who says it, when it was said or printed.
ATTRIBUTION = (
    "according reported reports reporting report published publish said says stated states_that dated"
    " article item"
    " text printed announced announcement announces told wrote writes page story figures figure data"
    " selon rapporté rapporte indiqué indique publié publie publiée publication daté datée annoncé"
    " annonce communiqué"
    " déclaré affirmé écrit nouvelle texte d'après relayé relayée diffusé diffusée précise"
    " según informó publicó publicado publicada dijo afirmó anunció anuncio declaró artículo noticia"
    " difundido"
    " по_данным сообщил* сообщает сообщила опубликова* заявил* согласно пишет написал* статья"
    " بحسب حسب وفق وفقا نشر نشره نشرت نشرته أفاد أفادت ذكر ذكرت أورد أوردت قال قالت كتب كتبت مقال بتاريخ"
    " أعلن أعلنت خبر"
    " إعلان إعلانها حسبما يفيد تفيد نقل نقلا نص المؤرخ المؤرخة تذكر يذكر"
    " berichtete laut nach_angaben meldete volgens secondo puts put gave gives counts count"
)
HAN_ATTRIBUTION = "据 报道 表示 发布 刊登 称 公布 发表 宣布"
CONTRASTS = "while whereas but tandis_que alors_que mais mientras pero тогда_как а но بينما فيما لكن في_حين 而 但"

# Capitalised words that tell no event or place from another.
COMMON_NAMES = (
    "conference conférence conferencia party parties parte partes parti member membre global world"
    " international"
    " national nationale regional committee comité council conseil consejo convention convención"
    " organisation"
    " organization organización general director directeur directrice secretary secrétaire ministry"
    " ministère"
    " minister ministre ambassador ambassadeur president président internet centre center centro group"
    " groupe grupo"
    " the le la les el los monday tuesday wednesday thursday friday saturday sunday"
)
