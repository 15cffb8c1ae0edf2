"""Pure models of execution: what a price, a fee and a fill are. The paper actor applies them."""
