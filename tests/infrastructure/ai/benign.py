"""Answers that a model gives when nobody attacks: prose in many languages, Markdown, mathematics and code."""

import random
from collections.abc import Iterator

PROSE = [
    "Tea was late again; nobody minded, because the cake was excellent.",
    "On Monday, 3 of 5 offices opened: Lyon, Oslo & Kyiv. Revenue rose 12 % (from $1.2M to $1.34M).",
    'The author\'s view? "It depends" - e.g. on cost, on time, and/or on data: more data, better models.',
    "Der Zug kam um 7:45 Uhr an; die Gäste (über 300) störte das nicht – größer als erwartet!",
    "El informe dice: «los precios bajaron un 3,5 %». ¿Por qué? Porque hubo más oferta.",
    "Le conseil a voté l'accord à l'unanimité ; coût : 1 200 €, délai : 6 mois.",
    "Поезд опоздал на 15 минут, но никто не возражал: торт был отличный.",
    "Το τρένο άργησε, αλλά το κέικ ήταν εξαιρετικό.",
    "茶又晚了，客人们并不介意：蛋糕非常好吃。总计（3/5）通过。",
    "お茶はまた遅れましたが、ケーキが美味しかったので誰も気にしませんでした。",
    "차가 또 늦었지만 케이크가 훌륭해서 아무도 신경 쓰지 않았다.",
    "תה איחר שוב, אבל העוגה הייתה מצוינת (3 מתוך 5).\u200f",
    "تأخر الشاي مرة أخرى، لكن الكعكة كانت ممتازة؛ ٣ من ٥.",
    "चाय फिर देर से आई, लेकिन केक बढ़िया था।",
    "ชามาสายอีกแล้ว แต่เค้กอร่อยมาก",
    "Trà lại muộn, nhưng bánh rất ngon: 9/10 điểm.",
    "می\u200cخواهم کتاب‌ها را بخوانم؛ دیر نشده است.",
    "Great news 🎉👩‍💻🇸🇪: version 2.10.3 ships on 2026-11-20 @ 10:00 (UTC+1) -> see #42.",
    "JavaScript: the good parts. Data: 14 samples; www. is optional; http and https differ in encryption.",
    "Mail ann@example.org or call +44 20 7946 0958. Files: C:\\Users\\ann, /etc/hosts, ~/notes.txt, \\\\nas\\share.",
]
MARKDOWN = [
    "## Result {n}\n\n- **one** item\n- *two* items\n  1. nested `code`\n\n> quoted <br> line",
    "| name | value |\n|:---|---:|\n| a<b | {n} |\n| c & d | x = {n} |",
    "See [the notes](notes.md#part-{n}), [above](#top), ![chart](charts/{n}.png) and [mail](mailto:ann@example.org).",
    "- [x] done\n- [ ] open: item {n}\n\n---\n\n~~old~~ H<sub>2</sub>O, E=mc<sup>2</sup> <kbd>Ctrl</kbd>",
    "<details>\n<summary>More</summary>\n\nText {n}\n\n</details>\n<!-- end -->",
    "Footnote[^1].\n\n[^1]: Page {n}.\n[ref]: notes.md 'Notes'",
]
MATHS = [
    "If $a<b$ and $b \\le c$ then $a<c$; so $x = {n}$ and $\\sum_{{i<n}} i^2 = \\frac{{n}}{{2}}$.",
    "For 0 <= x < {n} we get f(x) = -b ± √(b² − 4ac), p<0.05, |A∪B| ≥ {n}; a≠b ⇒ a<b ∨ b<a.",
    "\\[ \\int_0^{n} e^{{-x}}\\,dx \\] and \\(\\alpha := \\beta/\\gamma\\), where i<j<k and x<y hold.",
    "\\begin{{aligned}} y &= {n}x + b \\\\ z &= y // {n} \\end{{aligned}}",
]
CODE = [
    "```python\ndef f(x: list[int], *, onerror=None) -> dict[str, int]:\n    return {{k: v for k, v in x[{n}:]}}\n```",
    "```c\nfor (int i=0; i<n; i++) {{ x[i] = i*{n}; }} /* a<b && c>d */ //done\n```",
    "```cpp\nstd::map<std::string, T<int>> m; auto f = [](int a) {{ return a<{n}; }}; h[i](std::move(m));\n```",
    "```java\nList<Object> l = new ArrayList<>(); Map<String, Link> m; if (i<n && j>{n}) {{ l.get({n}); }}\n```",
    "```ts\nconst [x, setX] = useState<string>(''); type A<T> = Promise<T | undefined>; el.onclick = () => x={n};\n```",
    "```javascript\nwindow.onload = function () {{ console.log(`a${{n}}`); //console.log('b')\n}}\n```",
    "```rust\nfn f<'a, T: Into<String>>(x: &'a [T]) -> Option<&'a T> {{ x.get({n}) }}\n```",
    '```go\nfunc F(ch chan<- int, m map[string]int) error {{ x := m["a"]; ch <- x; return nil // {n}\n}}\n```',
    "```sql\nSELECT a, count(*) FROM t WHERE b <> 'x' AND c<={n} GROUP BY a; -- done\n```",
    "```bash\ncat <<EOF > out.txt\n$HOME &\nEOF\ngrep -rn 'x' . | awk '{{print $1}}' && echo $(({n}<<2))\n```",
    "```yaml\nimage: app:{n}\nports: ['80:8080']\ndata: {{key: value}}\nenv: &default\n  A: 1\n```",
    '```json\n{{"data": [1, 2], "link": null, "on": true, "path": "/v1/a?b=c&d={n}"}}\n```',
    "```css\na > b {{ color: #fff; background: url(img/{n}.png); }}\n```",
    "```html\n<ul>\n  <li>One</li>\n  <li><b>{n}</b></li>\n</ul>\n```",
    "```haskell\nf :: Ord a => [a] -> Maybe a\nf xs = xs !! {n} >>= \\x -> pure x <* g\n```",
    "Run `pip install x=={n}`, then `a = b[c](d)`; `x<y` is false, `p->q` and `&value` point, `![` opens an image.",
]


def answers(count: int = 12_000) -> Iterator[str]:
    """Each of a few pieces of all kinds, never the same twice in practice, always the same for a count."""
    choose = random.Random(4)
    pieces = [*PROSE, *(text.format for text in (*MARKDOWN, *MATHS, *CODE))]
    for _ in range(count):
        chosen = choose.sample(pieces, choose.randint(1, 5))
        yield "\n\n".join(one if isinstance(one, str) else one(n=choose.randint(2, 999)) for one in chosen)
