"""What commands of LaTeX stand for."""

# ruff: noqa: RUF001 - these characters are what is looked for

from typing import Final

_GREEK: Final = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta θ iota ι kappa κ lambda λ"
    " mu μ nu ν xi ξ pi π varpi π rho ρ varrho ρ sigma σ varsigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω"
    " Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω"
)
_OPERATORS: Final = (
    "times × cdot · div ÷ pm ± mp ∓ ast * star * leq ≤ le ≤ leqslant ≤ geq ≥ ge ≥ geqslant ≥ neq ≠ ne ≠ approx ≈"
    " equiv ≡ sim ~ simeq ≈ cong ≅ propto ∝ ll ≪ gg ≫ infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ oint ∮"
    " circ ° degree °"
    " celsius °C percent % prime ′ angle ∠ perp ⊥ parallel ∥ in ∈"
    " notin ∉ subset ⊂ subseteq ⊆ cup ∪ cap ∩ emptyset ∅"
    " forall ∀ exists ∃ neg ¬ lnot ¬ land ∧ wedge ∧ lor ∨ vee ∨ to → rightarrow → longrightarrow → leftarrow ←"
    " leftrightarrow ↔ Rightarrow ⇒ implies ⇒ Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ uparrow ↑ downarrow ↓ mapsto ↦"
    " ldots … dots … cdots … vdots … therefore ∴ because ∵ hbar ℏ ell ℓ euro € pounds £ checkmark ✓ backslash \\"
    " lbrace { rbrace } langle ⟨ rangle ⟩ mid | vert | lvert | rvert | bullet · oplus ⊕ otimes ⊗ surd √ micro µ ohm Ω"
)


def _names(row: str) -> frozenset[str]:
    return frozenset(row.split())


def _table(row: str) -> dict[str, str]:
    words = row.split()
    return dict(zip(words[::2], words[1::2], strict=True))


SIGNS: Final = _table(_GREEK) | _table(_OPERATORS)
# They only say how their content looks.
FORMATS: Final = _names(
    "text textbf textit textrm textsf texttt mathrm mathbf mathit mathsf mathbb mathcal mathfrak "
    "boldsymbol bm mbox operatorname boxed overline underline hat bar vec tilde dot ddot overrightarrow "
    "underbrace overbrace cancel mathop emph hbox ce unit si phantom"
)
SILENT: Final = _names(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr middle displaystyle textstyle limits nolimits quad "
    "qquad hspace nonumber notag hline"
)
# A blank behind these only ends their name, in front of a unit or a variable.
PREFIXES: Final = frozenset({"mu", "Delta"})
# They hold a formula without any other sign of one.
ENVIRONMENTS: Final = _names(
    "equation align aligned gather gathered multline eqnarray math displaymath cases matrix bmatrix pmatrix vmatrix"
)
FRACTIONS: Final = frozenset({"frac", "dfrac", "tfrac", "cfrac"})
SUPERSCRIPTS: Final = dict(zip("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", strict=True))
