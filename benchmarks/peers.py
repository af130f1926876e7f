"""The same model built from other libraries, each with its fastest settings."""

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from transformer import PositionalEncoding, TransformerConfig
from transformer.model.mask_conventions import to_additive
from transformer.model.masks import causal_mask
from transformer.model.vocabulary import PAD, SOS

if TYPE_CHECKING:
    from transformers import MarianMTModel


class TorchTransformer(nn.Module):
    """`nn.Transformer` with embeddings and an output layer, in the same sizes as ours."""

    def __init__(self, config: TransformerConfig) -> None:
        """Post-norm, as in the 2017 paper, without the final norms that `nn.Transformer` adds."""
        super().__init__()
        size = config.embed_dim
        self.src_embed = nn.Embedding(config.src_vocab_size, size, padding_idx=PAD)
        self.trg_embed = nn.Embedding(config.trg_vocab_size, size, padding_idx=PAD)
        self.position = PositionalEncoding(config)
        self.dropout = nn.Dropout(config.dropout)
        self.core = nn.Transformer(
            size,
            config.heads,
            config.num_layers,
            config.num_layers,
            config.feed_forward_dim,
            config.dropout,
            batch_first=True,
        )
        self.core.encoder.norm = self.core.decoder.norm = None
        self.fc_out = nn.Linear(size, config.trg_vocab_size)
        causal = to_additive(causal_mask(config.max_len))[0, 0]
        self.register_buffer("causal", causal, persistent=False)

    def forward(self, src: Tensor, trg: Tensor) -> Tensor:
        """Logits [B, L, V], with the masks of `Transformer`, so that both compute the same function."""
        padding = _padding(src)  # [B, S]
        output: Tensor = self.core(
            self.dropout(self.position(self.src_embed(src))),
            self.dropout(self.position(self.trg_embed(trg))),
            tgt_mask=self._causal(trg.size(1)),
            src_key_padding_mask=padding,
            tgt_key_padding_mask=_padding(trg),
            memory_key_padding_mask=padding,
            tgt_is_causal=True,
        )
        return cast(Tensor, self.fc_out(output))

    @torch.inference_mode()
    def greedy(self, src: Tensor, new_tokens: int) -> Tensor:
        """Greedy decoding of sources without padding; the decoder reads the whole prefix at each step."""
        encoded = self.core.encoder(self.position(self.src_embed(src)))
        tokens = src.new_full((src.size(0), 1), SOS)
        for _ in range(new_tokens):
            embedded = self.position(self.trg_embed(tokens))
            mask = self._causal(tokens.size(1))
            output = self.core.decoder(embedded, encoded, tgt_mask=mask, tgt_is_causal=True)
            tokens = torch.cat([tokens, self.fc_out(output[:, -1]).argmax(dim=-1, keepdim=True)], dim=1)
        return tokens

    def _causal(self, length: int) -> Tensor:
        return cast(Tensor, self.causal)[:length, :length]


def marian(config: TransformerConfig) -> "MarianMTModel":
    """Hugging Face's Marian model in the same sizes. Raises ImportError if it is not installed."""
    from transformers import MarianConfig, MarianMTModel

    model = MarianMTModel(
        MarianConfig(
            vocab_size=config.trg_vocab_size,
            decoder_vocab_size=config.trg_vocab_size,
            d_model=config.embed_dim,
            encoder_layers=config.num_layers,
            decoder_layers=config.num_layers,
            encoder_attention_heads=config.heads,
            decoder_attention_heads=config.heads,
            encoder_ffn_dim=config.feed_forward_dim,
            decoder_ffn_dim=config.feed_forward_dim,
            max_position_embeddings=config.max_len,
            activation_function="relu",
            dropout=0.0,
            pad_token_id=PAD,
            decoder_start_token_id=SOS,
            eos_token_id=None,
            forced_eos_token_id=None,
        )
    )
    model.generation_config.eos_token_id = None  # never stop early
    return model.eval()


def _padding(tokens: Tensor) -> Tensor:
    """A float padding mask [B, S], 0 keeps, -inf masks; PyTorch would convert a boolean one to this."""
    return torch.zeros(tokens.shape).masked_fill_(tokens == PAD, float("-inf"))
