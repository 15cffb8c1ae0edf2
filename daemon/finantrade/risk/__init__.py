"""Pure rules of risk: sizing, limits, trading states. The risk actor applies them."""
