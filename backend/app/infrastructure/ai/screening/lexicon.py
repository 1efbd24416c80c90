"""The words that rules are made of, one concept per word, in eight languages: en, de, es, fr, it, pt, ru, zh.

Words are written as readers write them; they are folded like the texts are, so accents and lookalikes do not matter.
"""

import codecs
import re
from itertools import combinations, repeat
from string import ascii_letters, digits

from .views import fold

CONCEPTS: dict[str, str] = {
    "override": """
        ignore ignores ignoring disregard disregarding forget forgetting override overriding overrule overwrite
        bypass neglect discard supersede nullify unlearn circumvent nevermind
        ignoriere ignorier ignorieren vergiss vergesse vergessen missachte überschreibe umgehe verwirf
        ignora ignorar ignoren ignorad olvida olvidar olvide olviden olvídate olvídese descarta omite desatiende
        ignorez ignorer oublie oublies oubliez oublier néglige négligez
        ignorare ignorate dimentica dimenticare dimenticate dimenticati trascura tralascia scorda
        esqueça esquece esquecer desconsidere desconsiderar descarte ignorem
        игнорируй игнорируйте игнорировать проигнорируй проигнорируйте забудь забудьте забыть отбрось
        忽略 无视 忘记 忘掉 忽视 不理会 抛开 無視 忘記""",
    "previous": """
        previous previously prior above earlier preceding foregoing aforementioned before initial initially original
        originally existing starting past beforehand
        vorherigen vorherige vorheriger vorigen bisherigen bisherige obigen oben vorangegangenen
        vorangehenden früheren
        davor zuvor bisher ursprünglichen vorhergehenden vorhin
        anterior anteriores previas previos previo arriba antes iniciales inicial
        précédentes précédente précédents précédent antérieures dessus avant initiales
        precedenti precedente sopra prima iniziali iniziale acima prévias iniciais
        предыдущие предыдущих предыдущую предыдущими прежние прежних прошлые вышеуказанные выше ранее начальные
        之前 以前 上面 以上 先前 前面 此前 上述 最初 原始 初始""",
    "all": """
        all any every everything entire whole each anything rest alle alles allen sämtliche todo
        todos todas toda tout tous
        toutes tutto tutti tutte tudo tuas все всех всем всё 所有 一切 全部 任何""",
    "your": """
        your ur yours deine deiner deinen deinem dein ihre ihrer ihren tus sus tes vos votre ton tue tuoi tuo tua suas
        seus твои твоих свои своих ваши ваших твой 你的 您的""",
    "you": "you yourself u youre du tu vous usted você ты вы тебе 你 您",
    "instructions": """
        instruction instructions directive directives rules guidelines guideline prompt prompts commands orders
        systemprompt systemnachricht programming protocols policies policy directions preprompt
        anweisungen anweisung instruktionen regeln vorgaben befehle aufforderungen richtlinien aufträge anleitungen
        instrucciones instrucción reglas órdenes indicaciones directrices
        consignes consigne règles ordres istruzioni istruzione regole ordini direttive
        instruções instrução regras ordens diretrizes
        инструкции инструкций инструкцию инструкциям указания указаний правила правил команды команд промпт
        指令 指示 规则 提示 提示词 命令 說明 说明 規則""",
    "limits": """
        restrictions restriction restraints constraints limitations limitation limits filters censorship ethics morals
        moral morality safeguards guardrails boundaries laws confines norms scruples
        beschränkungen einschränkungen zensur moral ethik grenzen restricciones límites filtros censura ética
        contraintes limites filtres censure éthique restrizioni limiti filtri etica restrições limitações
        ограничений ограничения цензуры фильтров 限制 约束 道德 审查 过滤 法律""",
    "system": """
        system hidden secret internal confidential developer developers initialization
        versteckten versteckte geheimen geheime internen sistema oculto secreto secretas ocultas système cachées
        secrètes nascosto nascoste segrete
        системный системные системное системного системную скрытые секретные 系统 隐藏 内部 系統 机密""",
    "reveal": """
        reveal reveals repeat print output display disclose leak expose dump recite echo reproduce divulge
        zeige zeig verrate wiederhole offenbare nenne revela revelar muestra muéstrame repite imprime
        révèle révélez montre montrez affiche affichez répète répétez rivela mostra mostrami ripeti stampa
        revele mostre repita imprima покажи покажите раскрой повтори повторите выведи напечатай
        显示 输出 透露 重复 打印 泄露 展示 复述""",
    "say": """
        say tell give write show share provide copy paste spell encode translate type state return send display list
        sag sage sagen schreibe gib übersetze di dime escribe traduce dis dites écris écrivez donne traduis
        dimmi scrivi traduci diga escreva traduza скажи скажите напиши напишите переведи расскажи
        告诉 说 写 翻译 说出""",
    "credential": """
        password passwords passphrase credentials secrets passcode apikey passwort kennwort geheimnis contraseña clave
        parola senha segredo пароль пароля секрет 密码 密碼 秘密 口令""",
    "model": """
        ai ais ki chatgpt gpt gpt3 gpt4 openai assistant chatbot llm llms bot claude bard copilot chatbots
        assistent sprachmodell asistente assistente нейросеть ассистент ии бот 人工智能 助手 模型 机器人 助理""",
    "act": """
        act acting acts pretend pretending roleplay roleplaying simulate simulating imagine behave impersonate emulate
        immerse become embody portray respond agiere agierst verhalte spiele stell simuliere tue spiel
        actúa actúe finge imagina simula compórtate agis agissez imaginez simule comporte joue fais
        agisci fingi immagina comportati simuli aja finja simule atue
        представь притворись действуй сыграй вообрази притворяйся 扮演 假装 想象 模拟 充当 假设""",
    "as": "as like als como comme come как 作为",
    "persona": """
        character persona personas personality personalities role alter fictional hypothetical fictitious imaginary
        rolle personaje personnage ruolo papel rôle роль персонаж 角色 人格 虚构""",
    "unbound": """
        unrestricted unfiltered uncensored amoral unlimited unbound unethical jailbroken jailbreak freed unmoderated
        lawless unhinged unconstrained uneingeschränkt unzensiert ungefiltert 越狱""",
    "harm": """
        illegal immoral harmful dangerous offensive explicit inappropriate controversial unsafe inhumane reckless
        profanity swear legality consequences illegalen ilegal illegale immorale незаконно 非法 违法 不道德""",
    "no": """
        no without not none dont don doesnt doesn cannot cant free regardless ohne keine keinen
        kein nicht sin sans ne pas
        senza non sem não без не нет 没有 不 不要 无 不受 不会 不再""",
    "refuse": """
        refuse refuses refusing refusal decline declines apologize apologise sorry disclaimer disclaimers warnings
        moralize moralizing lecture reminders verweigere rechaces refusez rifiutare recuse отказывайся 拒绝 警告""",
    "always": """
        always must never shall immer musst niemals siempre debes nunca toujours dois jamais sempre devi deve
        всегда должен никогда 必须 始终 总是 永远 绝不""",
    "dan": "dan stan antidan evilbot",
    "mode": "mode modus modo режим режиме 模式",
    "obey": """
        obey comply follow follows following adhere abide heed listen befolge befolgen folge
        gehorche obedece sigue seguir
        obéis suis suivez suivre obbedisci segui seguire obedeça siga подчиняйся следуй следовать
        遵守 遵循 服从 听从""",
    "answer": """
        answer answers answering reply replies responds response responses responding completion
        antworte antwort antworten responde respuesta respuestas réponds répondez réponse rispondi risposta
        responda resposta ответь ответьте отвечай ответ 回答 回复 回应 答复""",
    "only": """
        only just instead solely exactly simply nothing nur stattdessen lediglich solo solamente únicamente
        seulement uniquement soltanto apenas somente только вместо 只 仅 只需 而是""",
    "now": """
        now henceforth onwards jetzt nun fortan sofort ahora maintenant désormais ora adesso agora
        теперь сейчас отныне 现在 从现在 从此""",
    "from": "from starting ab von desde partir partire",
    "new": """
        new next neue neuen neuer neues nueva nuevas nuevo nouvelles nouvelle nouveau nuove nuova
        nuovo nova novas novo
        новые новая новую новое 新 新的 接下来""",
    "task": """
        task tasks goal objective mission assignment aufgabe aufgaben auftrag ziel tarea tareas objetivo tâche tâches
        compito compiti tarefa задача задание задачу 任务 目标 工作""",
    "send": """
        send append forward upload exfiltrate transmit embed attach submit concatenate sende schicke envía envíe
        envoie envoyez invia envie отправь отправьте 发送 附加""",
    "link": "url urls link http https markdown image img endpoint webhook href 链接 网址 图片",
    "chat": """
        conversation chat history context messages message text words gespräch verlauf nachricht conversación mensajes
        conversation messages conversazione messaggi conversa mensagens разговор сообщения
        сообщение 对话 聊天 记录 内容 消息""",
    "user": "user users human nutzer benutzer usuario utilisateur utente usuário пользователь пользователю 用户",
    "document": """
        document article paragraph page report resume cv email text passage snippet data information dokument artikel
        documento artículo texto página texte articolo testo artigo документ статья текст 文档 文章 文本""",
    "admin": "administrator admin root sudo superuser maintenance debug debugging authorized override god",
    "reads": """
        reading reviewing processing analyzing analysing summarizing summarising evaluating screening grading scoring
        parsing indexing liest lee lis legge lê читает 阅读""",
    "ask": """
        what which summarize summarise paraphrase rephrase explain recall was welche wie fasse cuáles qué resume quelles
        quels quel résume quali riassumi quais какие какой 什么 哪些 总结""",
    "note": """
        note notice attention reminder memo hinweis achtung nota atención attenzione atenção внимание примечание
        注意""",
    "want": "want wants need will would möchte will sollst quiero veux vorrei voglio quero хочу 希望 想",
    "learned": """
        learned learnt told taught said trained programmed know given gelernt gesagt aprendido dicho appris dit
        imparato detto aprendeu disse знаешь сказано 学到 知道 学过""",
    "attack": """
        injection injections attack attacks attacker attackers vulnerability vulnerabilities adversarial exploit
        exploits jailbreaks jailbreaking malicious mitigation mitigations detection detect detector scanner
        angriff angriffe ataque ataques attaque attaques attacco attacchi атака атаки 攻击 注入""",
}
"""Where a word stands in two lists, the first one has it."""

END, OTHER, LETTER, ROT13, REVERSED, LEET = "|_1234"
CODES = dict(zip(CONCEPTS, ascii_letters, strict=False))

_TELLING = ("override", "previous", "instructions", "limits", "system", "reveal", "unbound")
"""Concepts whose disguised words hint that a text is worth reading in another way."""


def _codes() -> dict[str, str]:
    found = dict.fromkeys(".!?|。！？", END) | dict.fromkeys("abcdefghijklmnopqrstvwxyz", LETTER)
    for concept, words in CONCEPTS.items():
        for word in fold(words).split():
            found.setdefault(word, CODES[concept])
    telling = {word for concept in _TELLING for word in fold(CONCEPTS[concept]).split() if len(word) > 4}
    for word in sorted(filter(str.isascii, telling)):
        found.setdefault(codecs.encode(word, "rot13"), ROT13)
        found.setdefault(word[::-1], REVERSED)
        found.update(dict.fromkeys(_leet(word), LEET))
    return found


def _leet(word: str) -> set[str]:
    """The word with digits for any choice of its vowels, and with all the digits that look like letters."""
    some = {word.translate(dict(pairs)) for size in (1, 2, 3, 4) for pairs in combinations(_DIGITS[:4], size)}
    return (some | {word.translate(dict(_DIGITS))}) - {word}


_DIGITS = [(ord(letter), digit) for letter, digit in zip("eoiast", "301457", strict=True)]

CODE_OF = _codes()
"""One character for each folded word that is known."""

_IDEOGRAPH = "\u2e80-\u9fff"
_WORD = re.compile(r"\w+|[.!?](?=\s)")
_KNOWN = sorted((word for word in CODE_OF if re.match(f"[{_IDEOGRAPH}]", word)), key=len, reverse=True)
_WORD_OR_IDEOGRAPH = re.compile(
    rf"[^\W{_IDEOGRAPH}]+|(?=[{''.join(word[0] for word in _KNOWN)}])(?:{'|'.join(_KNOWN)})"
    rf"|[{_IDEOGRAPH}]|[.!?](?=\s)|。"
)
_HAS_IDEOGRAPH = re.compile(f"[{_IDEOGRAPH}]")


def words_of(folded: str) -> re.Pattern[str]:
    """What finds the words of this text and the ends of its sentences; Chinese is cut at the words that are known."""
    return _WORD if folded.isascii() or not _HAS_IDEOGRAPH.search(folded) else _WORD_OR_IDEOGRAPH


_GAPS = {code: " " if chr(code).isspace() else "." if chr(code) in ".!?" else "\t" for code in range(128)}
_GAPS |= {ord(letter): letter for letter in f"{ascii_letters}{digits}_"}


def _split(ascii_text: str) -> list[str]:
    """What `words_of` finds, in half the time; the end of a sentence is a `|`."""
    return ascii_text.translate(_GAPS).replace(". ", " | ").replace(".", " ").split()


def encode(folded: str) -> str:
    """One character a word."""
    words = _split(folded) if folded.isascii() else words_of(folded).findall(folded)
    return "".join(map(CODE_OF.get, words, repeat(OTHER)))
